import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test from 'ava';
import { type Host, openHost } from './harness/host.ts';
import { busyboxRoot, debianRoot, inTree } from './harness/roots.ts';
import { openTerminal } from './harness/terminal.ts';
import { until } from './harness/until.ts';

/** The programs that people manage and watch containers with, as Debian ships them. */
let host: Host;
let root: string;

const CLIENTS = join(import.meta.dirname, 'clients');

test.before(async () => {
  host = await openHost();
  root = await busyboxRoot(join(host.directory, 'root'));
  await host.sandbox.mustRun('ip', ['link', 'add', 'br0', 'type', 'bridge']);
});
test.after.always(() => host?.[Symbol.asyncDispose]());

/** A file of the test's own. */
const at = (name: string): string => join(host.directory, name);

const socketOf = ({ uri }: Host): string => uri.replace(/.*socket=/, '');
const must = (program: string, ...args: string[]): Promise<string> =>
  host.sandbox.mustRun(program, ['--connect', host.uri, ...args]);

/** Defines and starts a container with an init. */
async function runContainer(name: string): Promise<void> {
  await host.define(`<domain type='lxc'><name>${name}</name><uuid>${randomUUID()}</uuid><memory unit='MiB'>64</memory>
    <os><type>exe</type><init>/sbin/init</init></os><devices>
    <filesystem type='mount'><source dir='${root}'/><target dir='/'/></filesystem>
    <interface type='bridge'><source bridge='br0'/></interface><console type='pty'/></devices></domain>`);
  await host.mustVirsh('start', name);
}

interface Installed {
  /** Arguments of virt-install; ROOT stands for the root tree. */
  readonly args: string;
  readonly state?: 'running' | 'shut off';
  /** What dominfo says. */
  readonly info?: readonly RegExp[];
  /** What dumpxml says. */
  readonly xml?: readonly RegExp[];
}

const install = test.macro(async (t, name: string, { args, state = 'running', info = [], xml = [] }: Installed) => {
  const words = args.replace('ROOT', root).split(' ');
  await must('virt-install', '--name', name, '--memory', '64', '--noautoconsole', ...words);
  t.is((await host.mustVirsh('domstate', name)).trim(), state);
  const [facts, document] = [await host.mustVirsh('dominfo', name), await host.mustVirsh('dumpxml', name)];
  for (const fact of info) t.regex(facts, fact);
  for (const part of xml) t.regex(document, part);
});

test.serial('virt-install: an application on the root of the host', install, 'app', {
  args: '--network none --boot init=/bin/sleep,initargs=600',
  info: [/^Persistent: +yes$/m, /^Autostart: +disable$/m, /^Max memory: +65536 KiB$/m],
  xml: [/<init>\/bin\/sleep<\/init>\s*<initarg>600<\/initarg>/],
});
test.serial('virt-install: a system, with a link on a bridge', install, 'system', {
  args: '--filesystem ROOT,/ --network bridge=br0,mac=52:54:00:01:02:03 --vcpus 2 --import',
  info: [/^CPU\(s\): +2$/m],
  xml: [/<init>\/sbin\/init</, /<target dir='\/'\/>/, /<mac address='52:54:00:01:02:03'\/>\s*<source bridge='br0'\/>/],
});
test.serial('virt-install: started with the host', install, 'autostarted', {
  args: '--filesystem ROOT,/ --network none --autostart',
  info: [/^Autostart: +enable$/m],
  xml: [/<privnet\/>/],
});
test.serial('virt-install: for one run only', install, 'transient', {
  args: '--filesystem ROOT,/ --network none --transient',
  info: [/^Persistent: +no$/m],
});
test.serial('virt-install: waits until the container has ended', install, 'waited', {
  args: '--network none --init /bin/true --wait 2 --noreboot',
  state: 'shut off',
});

test.serial('virt-install refuses a network that is not there and leaves nothing behind', async t => {
  const options = ['--connect', host.uri, '--name', 'lost', '--memory', '64', '--noautoconsole'];
  const refused = await host.sandbox.run('virt-install', [...options, '--filesystem', `${root},/`]);
  t.not(refused.status, 0);
  t.regex(refused.stderr, /no network with matching name 'default'/);
  t.notRegex(await host.mustVirsh('list', '--all', '--name'), /^lost$/m);
});

const change = (...args: string[]): Promise<string> => must('virt-xml', 'changed', ...args);
const documents = async (): Promise<string[]> => [
  await host.mustVirsh('dumpxml', 'changed'),
  await host.mustVirsh('dumpxml', 'changed', '--inactive'),
];

test.serial('virt-xml changes a running container and its definition', async t => {
  await runContainer('changed');
  await mkdir(at('shared'));
  await writeFile(at('image'), '');
  await truncate(at('image'), 1 << 20);
  const devices = [
    ['--filesystem', `${at('shared')},/mnt`, 'target.dir=/mnt', "<target dir='/mnt'/>"],
    ['--disk', `source.file=${at('image')},target.dev=vda`, 'target=vda', "<target dev='vda'"],
    ['--network', 'bridge=br0,mac=52:54:00:11:22:33', 'mac=52:54:00:11:22:33', "<mac address='52:54:00:11:22:33'/>"],
  ] as const;
  for (const [kind, device, , element] of devices) {
    t.regex(await change('--add-device', kind, device, '--update'), /hotplug successful/, kind);
    for (const document of await documents()) t.true(document.includes(element), kind);
  }
  const link = ['--edit', 'mac=52:54:00:11:22:33', '--network', 'link.state=down'];
  t.regex(await change(...link, '--update'), /update successful/);
  for (const document of await documents()) t.regex(document, /<link state='down'\/>/);
  for (const [kind, , which, element] of devices) {
    t.regex(await change('--remove-device', kind, which, '--update'), /hotunplug successful/, kind);
    for (const document of await documents()) t.false(document.includes(element), kind);
  }
  await change('--edit', '--memory', '32,maxmemory=32', '--define');
  const [live = '', next = ''] = await documents();
  t.regex(live, /<memory unit='KiB'>65536</);
  t.regex(next, /<memory unit='KiB'>32768</);
});

test.serial('virt-clone makes a second container of one that is stopped', async t => {
  await runContainer('original');
  await host.mustVirsh('destroy', 'original');
  await must('virt-clone', '--original', 'original', '--name', 'clone', '--auto-clone');
  await host.mustVirsh('start', 'clone');
  const identity = async (name: string): Promise<string[]> =>
    (await host.mustVirsh('dumpxml', name)).match(/(?<=<uuid>|mac address=')[-:\w]+/g) ?? [];
  const [before, after] = [await identity('original'), await identity('clone')];
  t.is(before.length, 2);
  t.is(after.length, 2);
  t.false(before.some(one => after.includes(one)));
});

test.serial('virt-top shows what runs', async t => {
  t.timeout(900_000, 'the Debian root is made the first time');
  const [unshare = 'unshare', ...prefix] = inTree(await debianRoot('trixie'), dirname(socketOf(host)));
  await runContainer('topped');
  await host.mustVirsh('suspend', 'topped');
  const options = ['-c', 'lxc+unix:///?socket=/mnt/libvirt-sock', '--stream', '-n', '2', '-d', '0.2'];
  const shown = await host.sandbox.mustRun(unshare, [...prefix, 'virt-top', ...options]);
  t.regex(shown, /^ +\d+ P +0 +0 +0 +0 +0\.0 +\d+\.0 +0:00\.\d\d topped$/m);
});

test.serial("Prometheus' exporter tells state, time and memory", async t => {
  await runContainer('exported');
  const address = '127.0.0.1:9177';
  using exporter = openTerminal(host.sandbox, [
    'prometheus-libvirt-exporter',
    `--libvirt.uri=${host.uri}`,
    `--web.listen-address=${address}`,
  ]);
  const metrics = await until('the exporter answers', async () => {
    const { status, stdout } = await host.sandbox.run('curl', ['--silent', `http://${address}/metrics`]);
    return status === 0 && stdout;
  });
  const valueOf = (metric: string): number =>
    Number(new RegExp(`^libvirt_domain_${metric}{domain="exported",.*} (.*)$`, 'm').exec(metrics)?.[1]);
  t.regex(metrics, /^libvirt_up 1$/m, exporter.shown);
  t.is(valueOf('state_code'), 1);
  t.is(valueOf('info_maximum_memory_bytes'), 64 << 20);
  t.true(valueOf('info_memory_usage_bytes') > 0);
  t.true(valueOf('info_cpu_time_seconds_total') > 0);
  t.is(valueOf('interface_stats_receive_errors_total'), 0);
});

test.serial('collectd, asked for each group of figures that its plugin knows', async t => {
  await runContainer('collected');
  const base = at('collectd');
  const groups = 'cpu_util disk disk_err domain_state fs_info job_stats_background memory pcpu perf vcpu vcpupin';
  await mkdir(base);
  await writeFile(
    join(base, 'conf'),
    `Interval 1
    BaseDir "${base}"
    PIDFile "${base}/pid"
    LoadPlugin logfile
    LoadPlugin csv
    LoadPlugin virt
    <Plugin logfile>
      File stdout
    </Plugin>
    <Plugin csv>
      DataDir "${base}/csv"
    </Plugin>
    <Plugin virt>
      Connection "${host.uri}"
      Domain "collected"
      HostnameFormat name
      ExtraStats "${groups}"
    </Plugin>
`,
  );
  using collector = openTerminal(host.sandbox, ['collectd', '-f', '-C', join(base, 'conf')]);
  const wanted = [
    'domain_state',
    'if_octets-',
    'memory-actual_balloon',
    'memory-rss',
    'ps_cputime',
    'virt_cpu_total',
    'virt_vcpu-0',
  ];
  const files = (): Promise<string[]> => readdir(join(base, 'csv/collected/virt')).catch(() => []);
  await until('all figures of collectd', async () => {
    const names = await files();
    return wanted.every(figure => names.some(name => name.startsWith(figure)));
  }).catch(async (error: unknown) => {
    throw new Error(`only ${(await files()).join(' ')}\n${collector.shown}`, { cause: error });
  });
  const balloon = (await files()).find(name => name.startsWith('memory-actual_balloon')) ?? '';
  t.regex(await readFile(join(base, 'csv/collected/virt', balloon), 'utf8'), /,67108864\.0*$/m);
  t.notRegex(collector.shown, /virt plugin:.*(fail|error)/i);
});

test.serial('the Ruby binding', async t => {
  const told = await host.sandbox.mustRun('ruby', [join(CLIENTS, 'lifecycle.rb'), host.uri, root]);
  t.deepEqual(told.trim().split('\n'), [
    'type LXC stopped true',
    'found by id ruby listed true',
    'state 1 memory 65536 persistent true',
    'autostart true',
    'paused [3, 1]',
    'error 42',
  ]);
});

test.serial("libvirt's D-Bus service", async t => {
  await host.mustVirsh('pool-define-as', 'seen', 'dir', '--target', join(host.directory, 'seen'));
  const network = join(host.directory, 'seen.xml');
  await writeFile(network, '<network><name>seen</name></network>');
  await host.mustVirsh('net-define', network);
  const script = join(CLIENTS, 'over-dbus.sh');
  const options = ['--mount', '--propagation', 'private', 'sh', script, socketOf(host), root];
  t.deepEqual(JSON.parse(await host.sandbox.mustRun('unshare', options)), {
    listed: true,
    name: 'over-dbus',
    active: true,
    os: 'exe',
    lists: {
      ListNetworks: true,
      ListStoragePools: true,
      ListNodeDevices: true,
      ListSecrets: false,
      ListNWFilters: true,
      ListInterfaces: true,
    },
    events: [
      [0, 0],
      [2, 0],
      [5, 1],
      [1, 0],
    ],
  });
});
