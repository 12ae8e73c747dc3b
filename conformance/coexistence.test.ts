import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import test from 'ava';
import { busyboxRoot } from './harness/roots.ts';
import { run } from './harness/run.ts';
import { type Sandbox, openSandbox } from './harness/sandbox.ts';
import { until } from './harness/until.ts';

const LAUNCHER = join(import.meta.dirname, '../bin/lxvirtd');
const OURS = ['--config', '/etc/libvirt/virtlxcd.conf'];

/** Cgroups have no namespace here: names of this run alone. */
const MACHINE = `machine-${process.pid}`;
const CONTAINER = `container-${process.pid}`;

let directory: string;
let sandbox: Sandbox;

test.before(async () => {
  directory = await mkdtemp('/var/tmp/lxvirtd-coexistence-');
  sandbox = await openSandbox();
  await sandbox.mustRun('sh', [join(import.meta.dirname, 'coexistence.sh'), directory]);
  await busyboxRoot(join(directory, 'root'));
});
test.after.always(async () => {
  await sandbox[Symbol.asyncDispose]();
  // What a test that failed has left: those who made them are gone with the sandbox.
  const sweep = `find /sys/fs/cgroup/*/machine /sys/fs/cgroup/machine -depth -type d -path "*-$0.libvirt-*" -exec rmdir {} +`;
  await run('sh', ['-c', sweep, String(process.pid)]);
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
});

interface Running {
  /** What it has printed. */
  said(): string;
  end(signal: 'TERM' | 'KILL'): Promise<void>;
}

/** Starts a daemon on the places of coexistence.sh, and waits until clients of `uri` find it. */
async function start(command: readonly string[], uri: string): Promise<Running> {
  const log = join(directory, `${basename(command[0] ?? '')}.log`);
  const fd = openSync(log, 'a');
  const [enter = 'env', ...prefix] = sandbox.prefix;
  const child: ChildProcess = spawn(enter, [...prefix, ...command], { stdio: ['ignore', fd, fd] });
  closeSync(fd);
  const said = (): string => readFileSync(log, 'utf8');
  await until(`${command[0]} serves ${uri}`, async () => {
    if (child.exitCode !== null) throw new Error(`${command[0]} ended:\n${said()}`);
    return (await sandbox.run('virsh', ['-c', uri, 'uri'])).status === 0;
  });
  return {
    said,
    async end(signal) {
      const ended = once(child, 'exit');
      const [pid = ''] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ');
      process.kill(Number(pid), `SIG${signal}`);
      await ended;
    },
  };
}

const startTheirs = (): Promise<Running> => start(['/usr/sbin/libvirtd'], 'qemu:///system');
const startOurs = (): Promise<Running> => start([LAUNCHER, ...OURS], 'lxc:///system?mode=direct');

const virsh = (uri: string, ...args: readonly string[]): Promise<string> =>
  sandbox.mustRun('virsh', ['-q', '-c', uri, ...args]);
const theirs = (...args: readonly string[]): Promise<string> => virsh('qemu:///system', ...args);
const ours = (...args: readonly string[]): Promise<string> => virsh('lxc:///', ...args);

const network = (subnet: string): string => `<network><name>default</name><forward mode='nat'/><bridge name='virbr%d'/>
  <ip address='${subnet}.1' netmask='255.255.255.0'><dhcp><range start='${subnet}.2' end='${subnet}.99'/></dhcp></ip></network>`;

const machine = `<domain type='qemu'><name>${MACHINE}</name><memory unit='MiB'>64</memory>
  <os><type arch='x86_64'>hvm</type></os>
  <devices><interface type='network'><source network='default'/></interface></devices></domain>`;

const container = (root: string): string => `<domain type='lxc'><name>${CONTAINER}</name><memory unit='MiB'>64</memory>
  <os><type>exe</type><init>/bin/sh</init><initarg>-c</initarg>
    <initarg>udhcpc -n -q -t 20 -i eth0 -s /bin/true; exec sleep 1000</initarg></os>
  <devices><filesystem type='mount'><source dir='${root}'/><target dir='/'/></filesystem>
    <interface type='network'><source network='default'/><link state='up'/></interface><console type='pty'/></devices></domain>`;

async function file(name: string, content: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

/** All that one of the two has on the host, and that the other must leave as it is: objects, rules, a bridge, a dnsmasq. */
const looks = {
  theirs: async () => [
    await theirs('list --all; net-list --all'),
    await sandbox.mustRun('sh', [
      '-c',
      'iptables-save | grep LIBVIRT; ip -br link show master virbr0 | cut -d" " -f1; pgrep -f [c]onf-file=/var/lib/libvirt/dnsmasq/',
    ]),
  ],
  ours: async () => [
    await ours('list --all; net-list --all; net-dhcp-leases default'),
    await sandbox.mustRun('sh', [
      '-c',
      '/usr/sbin/nft -s list table inet lxvirtdlxc; ip -br link show master vblxc0 | cut -d" " -f1; pgrep -f [c]onf-file=/var/lib/libvirt/lxvirtd/',
    ]),
  ],
} as const;

const both = async () => ({ theirs: await looks.theirs(), ours: await looks.ours() });

const bridgeOf = async (side: typeof ours): Promise<string> =>
  /Bridge:\s+(\S+)/.exec(await side('net-info', 'default'))?.[1] ?? '';

test('beside a libvirtd that keeps its machines, each is found by its URI and leaves the other alone', async t => {
  t.timeout(600_000);
  let libvirtd = await startTheirs();

  const refusal = await sandbox.run(LAUNCHER, []);
  t.is(refusal.status, 1);
  t.regex(
    refusal.stderr,
    /libvirtd\.pid': another daemon is running, libvirtd \(\d+\)\. To run beside .* listen_as = \[ "virtlxcd" \]/,
  );

  let lxvirtd = await startOurs();
  t.regex(await ours('version'), /Running hypervisor: LXC/);
  t.regex(await virsh('lxc:///system?mode=direct', 'version'), /Running hypervisor: LXC/);
  t.regex(await theirs('version'), /Running hypervisor: QEMU/);
  const legacy = await sandbox.run('virsh', ['-c', 'lxc:///system?mode=legacy', 'uri']);
  t.regex(legacy.stderr, /no connection driver available for lxc:\/\/\/system/);

  for (const [side, subnet] of [
    [theirs, '192.168.122'],
    [ours, '10.122.0'],
  ] as const) {
    await side('net-define', await file('network.xml', network(subnet)));
    await side('net-autostart', 'default');
    await side('net-start', 'default');
  }
  t.deepEqual([await bridgeOf(theirs), await bridgeOf(ours)], ['virbr0', 'vblxc0']);
  await theirs('define', await file('machine.xml', machine));
  await theirs('start', MACHINE, '--paused');
  await ours('define', await file('container.xml', container(join(directory, 'root'))));
  await ours('start', CONTAINER);
  await until('the container has an address', async () =>
    / 10\.122\.0\.\d+\//.exec(await ours('net-dhcp-leases', 'default')),
  );
  t.notRegex(await theirs('list', '--all'), new RegExp(CONTAINER));
  t.notRegex(await ours('list', '--all'), new RegExp(MACHINE));

  const before = await both();
  await lxvirtd.end('TERM');
  t.deepEqual(await looks.theirs(), before.theirs, 'without lxvirtd');
  lxvirtd = await startOurs();
  await libvirtd.end('TERM');
  t.deepEqual(await looks.ours(), before.ours, 'without libvirtd');
  libvirtd = await startTheirs();
  t.deepEqual(await both(), before, 'after restarts');
  await Promise.all([lxvirtd.end('KILL'), libvirtd.end('KILL')]);
  [lxvirtd, libvirtd] = await Promise.all([startOurs(), startTheirs()]);
  t.deepEqual(await both(), before, 'after both were killed');
  await theirs('net-destroy', 'default');
  t.deepEqual(await looks.ours(), before.ours, 'their network is gone');
  await theirs('net-start', 'default');
  await ours('destroy', CONTAINER);
  await ours('net-destroy', 'default');
  t.regex((await looks.theirs()).join('\n'), /default +active[^]*LIBVIRT_FWI/);
  await theirs('destroy', MACHINE);
  for (const daemon of [lxvirtd, libvirtd]) await daemon.end('TERM');
  t.notRegex(lxvirtd.said(), /error :/);
});
