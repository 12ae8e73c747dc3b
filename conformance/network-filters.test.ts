import { join } from 'node:path';
import test from 'ava';
import { type Host, openHost } from './harness/host.ts';
import { refused } from './harness/refused.ts';
import { busyboxRoot } from './harness/roots.ts';
import { until } from './harness/until.ts';

const MAC = '52:54:00:11:22:01';
const OTHER = '52:54:00:11:22:02';
const MONITOR = '52:54:00:11:22:99';
const BROADCAST = 'ff:ff:ff:ff:ff:ff';
const OWN = '10.0.0.5';
const PEER = '10.0.0.9';

let host: Host;
let root: string;

test.before(async () => {
  host = await openHost();
  const ip = (...args: string[]): Promise<string> => host.sandbox.mustRun('ip', args);
  for (const bridge of ['br0', 'br1']) {
    await ip('link', 'add', bridge, 'type', 'bridge');
    await ip('link', 'set', bridge, 'up');
  }
  await ip('link', 'add', 'mon0', 'type', 'veth', 'peer', 'mon1');
  await ip('link', 'set', 'mon1', 'address', MONITOR);
  await ip('link', 'set', 'mon0', 'master', 'br0');
  for (const link of ['mon0', 'mon1']) await ip('link', 'set', link, 'up');
  root = await busyboxRoot(join(host.directory, 'root'));
});
test.after.always(() => host[Symbol.asyncDispose]());

const domain = (name: string, devices: string): string => `<domain type='lxc'><name>${name}</name>
  <memory unit='MiB'>64</memory><os><type>exe</type><init>/sbin/init</init></os><features><privnet/></features>
  <devices><filesystem type='mount'><source dir='${root}'/><target dir='/'/></filesystem>${devices}<console type='pty'/></devices>
</domain>`;

const wired = (filter: string, parameters = '', more = ''): string =>
  `<interface type='bridge'><mac address='${MAC}'/><source bridge='br0'/><target dev='port0'/><guest dev='eth0'/>
    <link state='up'/>${filter === '' ? '' : `<filterref filter='${filter}'>${parameters}</filterref>`}${more}</interface>`;

const parameter = (name: string, value: string): string => `<parameter name='${name}' value='${value}'/>`;

const document = (xml: string): Promise<string> => host.file('document.xml', xml);

const define = async (filter: string): Promise<string> =>
  await host.mustVirsh('nwfilter-define', await document(filter));

async function start(name: string, devices: string): Promise<void> {
  await host.define(domain(name, devices));
  await host.mustVirsh('start', name);
}

async function end(name: string): Promise<void> {
  await host.mustVirsh('destroy', name);
  await host.mustVirsh('undefine', name);
}

async function initOf(name: string): Promise<number> {
  const id = (await host.mustVirsh('domid', name)).trim();
  return Number((await host.sandbox.mustRun('pgrep', ['--parent', id])).trim());
}

interface Frame {
  readonly src: string;
  readonly dst: string;
  readonly [part: string]: unknown;
}

const arp = (sha: string, spa: string, src = MAC): Frame => ({ src, dst: BROADCAST, arp: { sha, spa, tpa: PEER } });
const udp = (src: string, dst: string, sport: number, dport: number, more: object = {}): Frame => ({
  src: MAC,
  dst: BROADCAST,
  ip: { src, dst, proto: 17, sport, dport },
  ...more,
});
const received = (frame: Frame): Frame => ({ ...frame, src: OTHER });

interface Sending {
  readonly from: { readonly link: string; readonly pid?: number };
  readonly to: { readonly link: string; readonly pid?: number };
  readonly frames: readonly Frame[];
  readonly last: Frame;
}

async function arrivals(sending: Sending): Promise<number[]> {
  const script = join(import.meta.dirname, 'harness/frames.py');
  return JSON.parse(await host.sandbox.mustRun('/usr/bin/python3', [script], { input: JSON.stringify(sending) }));
}

/** Which of the frames get through; `last` must. */
async function through(
  name: string,
  way: 'out' | 'in',
  frames: Readonly<Record<string, Frame>>,
  last: Frame,
): Promise<string[]> {
  const guest = { link: 'eth0', pid: await initOf(name) };
  const [from, to] = way === 'out' ? [guest, { link: 'mon1' }] : [{ link: 'mon1' }, guest];
  const arrived = await arrivals({ from, to, frames: Object.values(frames), last });
  return Object.keys(frames).filter((_, index) => arrived.includes(index));
}

const rules = (): Promise<string> => host.sandbox.mustRun('nft', ['list', 'ruleset']);

const spoofed: Readonly<Record<string, Frame>> = {
  'another hardware address': { ...udp(OWN, PEER, 1, 2), src: OTHER },
  'another address': udp('10.0.0.6', PEER, 1, 2),
  'another address in ARP': arp(MAC, '10.0.0.6'),
  'another hardware address in ARP': arp(OTHER, OWN),
  'ARP from another hardware address': arp(MAC, OWN, OTHER),
  'its own address below a tag': udp(OWN, PEER, 1, 2, { vlan: 5 }),
  'another address below a tag of no VLAN': udp('10.0.0.6', PEER, 1, 2, { vlan: 0 }),
  'another protocol': { src: MAC, dst: BROADCAST, type: 0x88b5 },
  'frames of bridges': { src: MAC, dst: '01:80:c2:00:00:00', type: 0x88b5 },
  IPv6: { src: MAC, dst: BROADCAST, ip: { src: 'fe80::1', dst: 'ff02::1', proto: 59 } },
};

const own: Readonly<Record<string, Frame>> = {
  'its address': udp(OWN, PEER, 1, 2),
  'its ARP': arp(MAC, OWN),
  'a probe': arp(MAC, '0.0.0.0'),
  'a question for DHCP': udp('0.0.0.0', '255.255.255.255', 68, 67),
};

for (const [how, parameters, more] of [
  ['from its parameters', parameter('IP', OWN), ''],
  ['from its definition', '', `<ip address='${OWN}' prefix='24'/>`],
  ['from its first packet', '', ''],
] as const)
  test.serial(`a container with clean-traffic sends as itself alone; its address is known ${how}`, async t => {
    await start('clean', wired('clean-traffic', parameters, more));
    // the first packet is what the address is learned from
    t.deepEqual(await through('clean', 'out', {}, own['its ARP'] ?? arp(MAC, OWN)), []);
    t.deepEqual(await through('clean', 'out', { ...spoofed, ...own }, arp(MAC, OWN)), Object.keys(own));
    const coming = { IPv4: received(udp(PEER, OWN, 1, 2)), ARP: received(arp(OTHER, PEER, OTHER)) };
    const others = { IPv6: received(spoofed['IPv6'] ?? arp(MAC, OWN)) };
    t.deepEqual(await through('clean', 'in', { ...others, ...coming }, received(arp(OTHER, PEER))), ['IPv4', 'ARP']);
    t.is((await host.mustVirsh('nwfilter-binding-list')).trim().replace(/ +/, ' '), 'port0 clean-traffic');
    await end('clean');
    await until('its binding is gone', async () => (await host.mustVirsh('nwfilter-binding-list')).trim() === '');
  });

test.serial('a container with clean-traffic gets its address by DHCP, and keeps to it', async t => {
  await host.sandbox.mustRun('ip', ['address', 'replace', '10.0.0.1/24', 'dev', 'br0']);
  const dnsmasq = ['--conf-file=/dev/null', '--port=0', '--interface=br0', '--bind-interfaces', '--no-ping'];
  const files = [`--dhcp-leasefile=${host.directory}/leases`, `--pid-file=${host.directory}/dnsmasq.pid`];
  await host.sandbox.mustRun('dnsmasq', [...dnsmasq, ...files, `--dhcp-range=${OWN},${OWN}`]);
  await start('leased', wired('clean-traffic', parameter('CTRL_IP_LEARNING', 'dhcp')));
  const inside = ['--net', '--target', String(await initOf('leased'))];
  t.deepEqual(await through('leased', 'out', { before: arp(MAC, OWN) }, own['a probe'] ?? arp(MAC, OWN)), []);
  await host.sandbox.mustRun('nsenter', [
    ...inside,
    'busybox',
    'udhcpc',
    '-i',
    'eth0',
    '-n',
    '-q',
    '-f',
    '-s',
    '/bin/true',
  ]);
  t.deepEqual(
    await through(
      'leased',
      'out',
      { other: arp(MAC, '10.0.0.6'), own: arp(MAC, OWN) },
      own['a probe'] ?? arp(MAC, OWN),
    ),
    ['own'],
  );
  await host.sandbox.mustRun('nsenter', [...inside, 'ip', 'address', 'add', `${OWN}/24`, 'dev', 'eth0']);
  await host.sandbox.mustRun('nsenter', [...inside, 'busybox', 'ping', '-c', '1', '-w', '20', '10.0.0.1']);
  await end('leased');
  await host.sandbox.mustRun('sh', ['-c', `kill $(cat ${host.directory}/dnsmasq.pid)`]);
});

test.serial('what a guest asked for is answered, and nothing else comes in', async t => {
  await define(`<filter name='asks'>
    <rule action='accept' direction='out' priority='100'><udp dstportstart='53'/></rule>
    <rule action='accept' direction='in' priority='200'><tcp dstportstart='80'/></rule>
    <rule action='drop' direction='inout' priority='900'><all/></rule></filter>`);
  await start('asks', wired('asks'));
  const last = arp(MAC, OWN);
  const answer = received(udp(PEER, OWN, 53, 4000));
  t.deepEqual(await through('asks', 'in', { answer }, received(last)), []);
  const asked = { question: udp(OWN, PEER, 4000, 53), other: udp(OWN, PEER, 4000, 54) };
  t.deepEqual(await through('asks', 'out', asked, last), ['question']);
  const others = {
    ofAnotherPort: received(udp(PEER, OWN, 53, 4001)),
    ofAnotherHost: received(udp('10.0.0.8', OWN, 53, 4000)),
  };
  t.deepEqual(await through('asks', 'in', { answer, ...others }, received(last)), ['answer']);
  const tcp = (src: string, dst: string, sport: number, dport: number, flags: number): Frame => ({
    src: MAC,
    dst: BROADCAST,
    ip: { src, dst, proto: 6, sport, dport, flags },
  });
  const page = tcp(OWN, PEER, 80, 5000, 0x12);
  t.deepEqual(await through('asks', 'out', { page }, last), []);
  t.deepEqual(await through('asks', 'in', { visit: received(tcp(PEER, OWN, 5000, 80, 2)) }, received(last)), ['visit']);
  t.deepEqual(await through('asks', 'out', { page, other: tcp(OWN, PEER, 80, 5001, 0x12) }, last), ['page']);
});

const dropPort = (port: string): string => `<rule action='drop' direction='out'><udp dstportstart='${port}'/></rule>`;

test.serial('a filter in use is changed for all who use it, or not at all', async t => {
  const last = arp(MAC, OWN);
  const frames = { a: udp(OWN, PEER, 1, 7), b: udp(OWN, PEER, 1, 8) };
  const uuid = (await host.mustVirsh('nwfilter-dumpxml', 'asks')).match(/<uuid>.*<\/uuid>/)?.[0] ?? '';
  const changed = (inside: string): string => `<filter name='asks'>${uuid}${inside}</filter>`;
  await define(changed(dropPort('7')));
  t.deepEqual(await through('asks', 'out', frames, last), ['b']);
  const wrong = await refused(host, 'nwfilter-define', await document(changed(dropPort('$NOBODY'))));
  t.regex(wrong, /Cannot instantiate filter due to unresolvable variables.*NOBODY/);
  t.regex(
    await refused(host, 'nwfilter-define', await document(changed("<filterref filter='nobody'/>"))),
    /filter 'nobody' is missing/,
  );
  t.regex(await refused(host, 'nwfilter-undefine', 'asks'), /nwfilter is in use/);
  t.deepEqual(await through('asks', 'out', frames, last), ['b']);
  t.regex(await host.mustVirsh('nwfilter-dumpxml', 'asks'), /dstportstart='7'/);
});

test.serial('an interface that runs gets another filter, or none', async t => {
  const last = arp(MAC, OWN);
  const frames = { own: udp(OWN, PEER, 1, 7), other: { ...udp(OWN, PEER, 1, 7), src: OTHER } };
  await host.mustVirsh('update-device', 'asks', await document(wired('no-mac-spoofing')), '--live');
  t.deepEqual(await through('asks', 'out', frames, last), ['own']);
  t.regex(
    await refused(host, 'update-device', 'asks', await document(wired('nobody')), '--live'),
    /no nwfilter with matching name 'nobody'/,
  );
  t.deepEqual(await through('asks', 'out', frames, last), ['own']);
  await host.mustVirsh('update-device', 'asks', await document(wired('')), '--live');
  t.deepEqual(await through('asks', 'out', frames, last), ['own', 'other']);
  t.is((await host.mustVirsh('nwfilter-binding-list')).trim(), '');
  await end('asks');
});

test.serial(
  'an interface that is plugged in is filtered from its first frame, and its binding goes with it',
  async t => {
    await start('plugged', '');
    await host.mustVirsh('attach-device', 'plugged', await document(wired('no-mac-spoofing')));
    const frames = { own: udp(OWN, PEER, 1, 7), other: { ...udp(OWN, PEER, 1, 7), src: OTHER } };
    t.deepEqual(await through('plugged', 'out', frames, arp(MAC, OWN)), ['own']);
    await host.mustVirsh('detach-device', 'plugged', await document(wired('no-mac-spoofing')));
    t.is((await host.mustVirsh('nwfilter-binding-list')).trim(), '');
    t.regex(
      await refused(host, 'attach-device', 'plugged', await document(wired('nobody'))),
      /no nwfilter with matching name/,
    );
    t.notRegex(await host.sandbox.mustRun('ip', ['link']), /port0/);
    await end('plugged');
  },
);

test.serial('filters survive their daemon, and the next one repairs what is missing', async t => {
  await start('stays', wired('clean-traffic'));
  t.deepEqual(await through('stays', 'out', {}, arp(MAC, OWN)), []);
  const last = arp(MAC, '0.0.0.0');
  const addresses = { other: arp(MAC, '10.0.0.6'), own: arp(MAC, OWN) };
  const sending = { from: { link: 'eth0', pid: await initOf('stays') }, to: { link: 'mon1' }, last };
  await host.daemon?.stop('SIGKILL');
  t.deepEqual(await arrivals({ ...sending, frames: Object.values(addresses) }), [1]);
  await host.restart();
  t.deepEqual(await through('stays', 'out', addresses, last), ['own']);
  t.regex(await host.mustVirsh('nwfilter-binding-list'), /port0 +clean-traffic/);
  await host.daemon?.stop('SIGKILL');
  const [table = ''] = /bridge \S+-filter/.exec(await host.sandbox.mustRun('nft', ['list', 'tables'])) ?? [];
  await host.sandbox.mustRun('nft', ['delete', 'table', ...table.split(' ')]);
  await host.restart();
  t.deepEqual(await through('stays', 'out', { other: { ...last, src: OTHER } }, last), []);
  await end('stays');
  await until('nothing of the port is left', async () => !(await rules()).includes('port0'));
});

test.serial('a link outside of bridges is filtered, too', async t => {
  const [address, other, gateway] = ['10.7.0.5', '10.7.0.6', '10.7.0.1'];
  await start(
    'routed',
    `<interface type='ethernet'><mac address='${MAC}'/><target dev='port0'/><guest dev='eth0'/><link state='up'/>
      <source><ip address='${gateway}' prefix='24'/></source>
      <filterref filter='clean-traffic'>${parameter('IP', address)}</filterref></interface>`,
  );
  const pid = await initOf('routed');
  const inside = (...command: string[]) => host.sandbox.run('nsenter', ['--net', '--target', String(pid), ...command]);
  for (const each of [address, other]) await inside('ip', 'address', 'add', `${each}/24`, 'dev', 'eth0');
  const ping = async (source: string): Promise<boolean> =>
    (await inside('busybox', 'ping', '-I', source, '-c', '2', '-w', '5', gateway)).status === 0;
  t.true(await ping(address));
  t.false(await ping(other));
  const frames = [received(udp(PEER, address, 1, 2)), received(spoofed['IPv6'] ?? arp(MAC, OWN))];
  const last = received(arp(OTHER, PEER));
  t.deepEqual(await arrivals({ from: { link: 'port0' }, to: { link: 'eth0', pid }, frames, last }), [0]);
  await end('routed');
  await until('its rules are gone', async () => !(await rules()).includes('port0'));
});

test.serial('a container whose filter cannot be had does not start', async t => {
  for (const [what, interfaces, problem] of [
    ['is missing', wired('nobody'), /no nwfilter with matching name 'nobody'/],
    ['lacks a value', wired('clean-traffic-gateway', parameter('IP', OWN)), /unresolvable variables.*GATEWAY_MAC/],
    [
      'is to learn nothing',
      wired('clean-traffic', parameter('CTRL_IP_LEARNING', 'none')),
      /unresolvable variables.*IP/,
    ],
    [
      'has no port',
      `<interface type='direct'><source dev='mon1'/><filterref filter='allow-arp'/></interface>`,
      /filterref is not supported for network interfaces of type direct/,
    ],
  ] as const) {
    await host.define(domain('refused', interfaces));
    t.regex(await refused(host, 'start', 'refused'), problem, what);
    t.is((await host.mustVirsh('nwfilter-binding-list')).trim(), '');
    t.notRegex(await host.sandbox.mustRun('ip', ['link']), /port0/);
    await host.mustVirsh('undefine', 'refused');
  }
});

const binding = (port: string, filter: string, parameters = ''): string =>
  `<filterbinding><owner><name>d</name><uuid>d46fb0bd-2aea-4dbb-b75e-c8fd36c7f4c0</uuid></owner><portdev name='${port}'/>
    <mac address='${MAC}'/><filterref filter='${filter}'>${parameters}</filterref></filterbinding>`;

const create = async (...args: Parameters<typeof binding>): Promise<readonly [string, string]> => [
  'nwfilter-binding-create',
  await document(binding(...args)),
];

test.serial('bindings are made, shown, refused and deleted by hand', async t => {
  await host.mustVirsh(...(await create('mon0', 'no-mac-spoofing')));
  t.regex(await refused(host, ...(await create('mon0', 'allow-arp'))), /binding 'mon0' already exists/);
  t.regex(
    await host.mustVirsh('nwfilter-binding-dumpxml', 'mon0'),
    /<parameter name='MAC' value='52:54:00:11:22:01'\/>/,
  );
  await host.mustVirsh('nwfilter-binding-delete', 'mon0');
  t.regex(await refused(host, 'nwfilter-binding-dumpxml', 'mon0'), /no nwfilter binding for port dev 'mon0'/);
  for (const name of ['a b', 'a;drop', 'a"b', '*', 'port*', '../../x'])
    t.regex(
      await refused(host, ...(await create(name.replaceAll('"', '&quot;'), 'allow-arp'))),
      /cannot be filtered/,
      name,
    );
  t.regex(
    await refused(host, ...(await create('mon0', 'no-ip-spoofing', parameter('IP', 'zz')))),
    /has illegal value zz/,
  );
});

const list = (name: string): string =>
  Array.from({ length: 200 }, (_, index) => parameter(name, `10.0.1.${index}`)).join('');

test.serial('filters that would be too much are refused', async t => {
  const rule = "<rule action='drop' direction='out'><tcp srcipaddr='$A[@1]' dstipaddr='$B[@2]'/></rule>";
  await define(`<filter name='product'>${rule}</filter>`);
  const create = await document(binding('mon0', 'product', list('A') + list('B')));
  t.regex(await refused(host, 'nwfilter-binding-create', create), /more than 4096 combinations/);
  await define(`<filter name='loop0'><filterref filter='loop1'/></filter>`);
  await define(`<filter name='loop1'><filterref filter='loop2'/></filter>`);
  t.regex(
    await refused(host, 'nwfilter-define', await document(`<filter name='loop2'><filterref filter='loop0'/></filter>`)),
    /filter would introduce a loop/,
  );
  for (let level = 0; level < 12; level += 1)
    await define(`<filter name='many${level}'>${`<filterref filter='many${level + 1}'/>`.repeat(4)}</filter>`);
  await define(`<filter name='many12'/>`);
  t.regex(await refused(host, 'nwfilter-binding-create', await document(binding('mon0', 'many0'))), /too many rules/);
  const rules = Array.from(
    { length: 10_000 },
    (_, index) =>
      `<rule action='drop' direction='out' priority='${index % 900}'><udp dstportstart='${index + 1}'/></rule>`,
  );
  await define(`<filter name='long'>${rules.join('')}</filter>`);
  await host.mustVirsh('nwfilter-binding-create', await document(binding('mon0', 'long')));
  await host.mustVirsh('nwfilter-binding-delete', 'mon0');
});
