import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type Host, openHost } from './harness/host.ts';
import { refused } from './harness/refused.ts';

let host: Host;
let configuration: string;

test.before(async () => {
  host = await openHost();
  configuration = join(host.directory, 'daemon/etc/network');
  await mkdir(join(configuration, 'interfaces.d'), { recursive: true });
  await host.sandbox.mustRun('ip', ['link', 'add', 'cable', 'type', 'veth', 'peer', 'far']);
});
test.after.always(() => host[Symbol.asyncDispose]());

interface IpLink {
  readonly ifname: string;
  readonly address: string;
  readonly mtu: number;
  readonly flags: readonly string[];
  readonly master?: string;
  readonly linkinfo?: { readonly info_data?: Readonly<Record<string, unknown>> };
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number }[];
}

/** What iproute2 says of a link; null where there is none. */
async function link(name: string): Promise<IpLink | null> {
  const { status, stdout } = await host.sandbox.run('ip', ['-json', '-details', 'addr', 'show', 'dev', name]);
  if (status !== 0) return null;
  const [found]: IpLink[] = JSON.parse(stdout);
  return found ?? null;
}

async function define(xml: string): Promise<void> {
  await host.mustVirsh('iface-define', await host.file('interface.xml', xml));
}

/** virsh 9 ends with status 1 although it says that the interface is destroyed. */
async function stop(name: string): Promise<void> {
  const { stdout, stderr } = await host.virsh(['iface-destroy', name]);
  if (!stdout.includes('destroyed')) throw new Error(stderr);
}

const bridge = (name: string, more = ''): string =>
  `<interface type='bridge' name='${name}'><start mode='onboot'/><mtu size='1400'/>
    <protocol family='ipv4'><ip address='198.18.7.1' prefix='24'/><ip address='198.18.8.1' prefix='24'/></protocol>
    <protocol family='ipv6'><ip address='2001:db8:7::1' prefix='64'/></protocol>
    <bridge stp='on' delay='4'>${more}</bridge>
  </interface>`;

test.serial('a bridge is defined, started, seen, stopped and undefined', async t => {
  await define(bridge('lan0', "<interface type='ethernet' name='cable'/>"));
  t.regex(await host.mustVirsh('iface-list', '--inactive'), /lan0 +inactive/);
  t.is(await link('lan0'), null);
  t.regex(await readFile(join(configuration, 'interfaces.d/lxvirtd-lan0'), 'utf8'), /^auto lan0$/m);

  await host.mustVirsh('iface-start', 'lan0');
  const made = await link('lan0');
  t.true(made?.flags.includes('UP'));
  t.is(made?.mtu, 1400);
  t.like(made?.linkinfo?.info_data, { stp_state: 1, forward_delay: 400 });
  t.deepEqual(
    made?.addr_info.filter(({ local }) => !local.startsWith('fe80')).map(({ local, prefixlen }) => [local, prefixlen]),
    [
      ['198.18.7.1', 24],
      ['198.18.8.1', 24],
      ['2001:db8:7::1', 64],
    ],
  );
  t.is((await link('cable'))?.master, 'lan0');
  t.regex(await host.mustVirsh('iface-list'), new RegExp(`lan0 +active +${made?.address}`));
  t.notRegex(await host.mustVirsh('iface-list', '--all'), /cable/);
  t.is((await host.mustVirsh('iface-mac', 'lan0')).trim(), made?.address ?? '');
  const live = await host.mustVirsh('iface-dumpxml', 'lan0');
  t.regex(live, /<ip address='198\.18\.7\.1' prefix='24'\/>/);
  t.regex(live, /<bridge stp='on' delay='4'>\n {4}<interface type='ethernet' name='cable'>/);
  t.notRegex(live, /<start/);
  t.regex(await host.mustVirsh('iface-dumpxml', 'lan0', '--inactive'), /<start mode='onboot'\/>/);
  t.regex(await refused(host, 'iface-start', 'lan0'), /already active/);

  await stop('lan0');
  t.is(await link('lan0'), null);
  t.is((await link('cable'))?.master, undefined);
  t.regex(await refused(host, 'iface-destroy', 'lan0'), /not active/);
  await host.mustVirsh('iface-undefine', 'lan0');
  t.regex(await refused(host, 'iface-dumpxml', 'lan0'), /couldn't find interface named 'lan0'/);
  t.deepEqual(await readdir(join(configuration, 'interfaces.d')), []);
});

test.serial('a cable gets its address and MAC, and keeps its link when it is stopped', async t => {
  await define(
    `<interface type='ethernet' name='cable'><start mode='none'/><mac address='52:54:00:00:aa:01'/>
      <protocol family='ipv4'><ip address='198.18.9.1' prefix='24'/><route gateway='198.18.9.254'/></protocol></interface>`,
  );
  await host.mustVirsh('iface-start', 'cable');
  const up = await link('cable');
  t.is(up?.address, '52:54:00:00:aa:01');
  t.true(up?.addr_info.some(({ local }) => local === '198.18.9.1'));
  t.regex(await host.sandbox.mustRun('ip', ['route']), /default via 198\.18\.9\.254 dev cable/);
  t.is((await host.mustVirsh('iface-name', '52:54:00:00:aa:01')).trim(), 'cable');
  await stop('cable');
  const down = await link('cable');
  t.false(down?.flags.includes('UP'));
  t.deepEqual(down?.addr_info, []);
  await host.mustVirsh('iface-undefine', 'cable');
});

test.serial('a change is rolled back, over a killed daemon, with what it started', async t => {
  await define(bridge('lan1'));
  await host.mustVirsh('iface-start', 'lan1');
  await host.mustVirsh('iface-begin');
  t.regex(await refused(host, 'iface-begin'), /begun already/);
  await define(bridge('lan1').replace('198.18.7.1', '198.18.7.9'));
  await stop('lan1');
  await host.mustVirsh('iface-start', 'lan1');
  await define(bridge('lan2').replaceAll('198.18', '198.19').replace('2001:db8:7', '2001:db8:8'));
  await host.mustVirsh('iface-start', 'lan2');
  await host.daemon?.stop('SIGKILL');
  await host.restart();
  await host.mustVirsh('iface-rollback');
  t.is(await link('lan2'), null);
  t.true((await link('lan1'))?.addr_info.some(({ local }) => local === '198.18.7.1'));
  t.deepEqual(await readdir(join(configuration, 'interfaces.d')), ['lxvirtd-lan1']);
  t.regex(await refused(host, 'iface-rollback'), /no change/);

  await host.mustVirsh('iface-begin');
  await stop('lan1');
  await host.mustVirsh('iface-undefine', 'lan1');
  await host.mustVirsh('iface-commit');
  t.regex(await refused(host, 'iface-rollback'), /no change/);
  t.false(existsSync(join(configuration, 'interfaces.d/lxvirtd-lan1')));
});

test.serial('what the host configures itself is not defined over', async t => {
  await writeFile(join(configuration, 'interfaces'), 'auto far\niface far inet manual\n');
  const file = await host.file('far.xml', "<interface type='ethernet' name='far'/>");
  t.regex(await refused(host, 'iface-define', file), /interface 'far' is configured in .*etc\/network\/interfaces/);
  t.regex(await refused(host, 'iface-undefine', 'far'), /not defined here/);
});

/** Whatever is in a document must not become a line or a command of the host's configuration. */
const hostile: readonly string[] = [
  "<interface type='ethernet' name='a&#10;up touch'/>",
  "<interface type='ethernet' name='a;reboot'/>",
  "<interface type='ethernet' name='-x'/>",
  "<interface type='ethernet' name='../x'/>",
  "<interface type='ethernet' name='a$(id)'/>",
  "<interface type='ethernet' name='a'><mac address='52:54:00:00:00:01&#10;up id'/></interface>",
  "<interface type='ethernet' name='a'><protocol family='ipv4'><ip address='1.2.3.4;id' prefix='8'/></protocol></interface>",
  "<interface type='ethernet' name='a'><protocol family='ipv4'><route gateway='1.2.3.4&#10;up id'/></protocol></interface>",
  "<interface type='ethernet' name='a'><protocol family='ipv6'><ip address='fe80::1%$(id)'/></protocol></interface>",
  "<interface type='bridge' name='a'><bridge delay='1;id'/></interface>",
  "<interface type='bridge' name='a'><bridge><interface type='ethernet' name='b;id'/></bridge></interface>",
  "<interface type='vlan' name='a'><vlan tag='5'><interface name='b;id'/></vlan></interface>",
  "<interface type='bond' name='a'><bond><arpmon interval='1' target='1.2.3.4;id'/></bond></interface>",
];

for (const xml of hostile)
  test.serial(`a document that is more than it seems is refused: ${xml}`, async t => {
    const file = await host.file('hostile.xml', xml);
    const before = await readdir(join(configuration, 'interfaces.d'));
    t.regex(await refused(host, 'iface-define', file), /XML error/);
    t.deepEqual(await readdir(join(configuration, 'interfaces.d')), before);
  });
