import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type Host, openHost } from './harness/host.ts';
import { debianRoot } from './harness/roots.ts';
import { openTerminal } from './harness/terminal.ts';

/** The scheme of each driver's URI, which is its daemon's name, too: virt…d. */
const drivers = ['interface', 'network', 'nodedev', 'nwfilter', 'secret', 'storage'] as const;
const daemons = ['libvirtd', 'virtlxcd', ...drivers.map(driver => `virt${driver}d`)];

const CONFIG = `
listen_as = ${JSON.stringify(daemons)}
unix_sock_rw_perms = "0770"
unix_sock_group = "daemon"
`;

let host: Host;
let sockets: string;

test.before(async () => {
  host = await openHost({
    async prepare(root) {
      await mkdir(join(root, 'etc/libvirt'), { recursive: true });
      await writeFile(join(root, 'etc/libvirt/libvirtd.conf'), CONFIG);
    },
  });
  sockets = join(host.directory, 'daemon/run/libvirt');
  // The clients that choose a socket by themselves know this place only.
  await host.sandbox.mustRun('mkdir', ['-p', '/run/libvirt']);
  await host.sandbox.mustRun('mount', ['--bind', sockets, '/run/libvirt']);
  await host.mustVirsh('net-define', await host.file('lan.xml', '<network><name>lan</name></network>'));
});
test.after.always(() => host[Symbol.asyncDispose]());

/** Codes and domains of libvirt's errors, as modular.py prints them. */
const UNSUPPORTED = '3/20';
const NOT_OPEN = '1/7';

type Answers = Readonly<Record<string, unknown>>;

async function ask(...uris: readonly string[]): Promise<readonly Answers[]> {
  const script = join(import.meta.dirname, 'clients/modular.py');
  const answers: Answers[] = JSON.parse(await host.sandbox.mustRun('/usr/bin/python3', [script, ...uris]));
  return answers;
}

/** What every connection to one driver answers of itself, and of the hypervisor. */
const ofConnection = {
  secure: 1,
  keepalive: 0,
  'close callback': 0,
  hostname: UNSUPPORTED,
  domains: UNSUPPORTED,
  'domain events': UNSUPPORTED,
  'domain XML': UNSUPPORTED,
};

const found: Readonly<Record<(typeof drivers)[number], unknown>> = {
  interface: ['lo'],
  network: ['lan'],
  nodedev: 'computer',
  nwfilter: true,
  secret: 0,
  storage: [],
};

/** As libvirt 9.0.0 answers, by its daemons for each driver, and by the one for all: with `others` for those not opened. */
const answersOf = (uri: string, opened: string, others: Answers): Answers => ({
  type: opened,
  uri,
  ...ofConnection,
  capabilities: opened === 'storage' ? '<capabilities' : UNSUPPORTED,
  'network events': opened === 'network' ? 1 : others['network'],
  ...Object.fromEntries(drivers.map(driver => [driver, driver === opened ? found[driver] : others[driver]])),
});

test('each daemon of libvirt has its sockets, with the modes and the group of the configuration', async t => {
  for (const name of ['libvirt', 'virtlxcd', ...drivers.map(driver => `virt${driver}d`)])
    for (const [suffix, mode, gid] of [
      ['-sock', 0o770, 1],
      ['-sock-ro', 0o777, 1],
      ['-admin-sock', 0o700, 0],
    ] as const) {
      const status = await stat(join(sockets, name + suffix));
      t.deepEqual([status.mode & 0o777, status.gid], [mode, gid], name + suffix);
    }
});

test('clients in direct mode find each driver at its own socket, and see that driver alone', async t => {
  const uris = drivers.map(driver => `${driver}:///system?mode=direct`);
  const answers = await ask(...uris);
  const others = Object.fromEntries(drivers.map(driver => [driver, NOT_OPEN]));
  drivers.forEach((driver, index) => t.deepEqual(answers[index], answersOf(uris[index] ?? '', driver, others)));
});

test('clients in legacy mode find each driver at the socket of all, and see that driver alone', async t => {
  const uris = drivers.map(driver => `${driver}:///system?mode=legacy`);
  const answers = await ask(...uris);
  const others = {
    interface: '3/26',
    network: '3/19',
    nodedev: '3/22',
    nwfilter: '3/33',
    secret: '3/30',
    storage: '3/18',
  };
  drivers.forEach((driver, index) => t.deepEqual(answers[index], answersOf(uris[index] ?? '', driver, others)));
});

test('a client of lxc:/// has all drivers over its one connection, in every mode', async t => {
  const answers = await ask(...['direct', 'auto', 'legacy'].map(mode => `lxc:///system?mode=${mode}`), 'lxc:///');
  for (const each of answers) {
    t.like(each, { type: 'LXC', hostname: true, domains: 0, 'domain XML': '21/20' });
    t.like(each, found);
  }
});

test('a driver has one path, and its socket one driver', async t => {
  for (const driver of drivers) {
    const { status, stderr } = await host.sandbox.run('virsh', ['-c', `${driver}:///session?mode=legacy`, 'uri']);
    t.is(status, 1);
    t.regex(stderr, new RegExp(`unexpected ${driver} URI path '/session', try ${driver}:///system`));
  }
  for (const uri of ['lxc', 'storage']) {
    const at = `${uri}+unix:///system?socket=/run/libvirt/virtnetworkd-sock`;
    const { stderr } = await host.sandbox.run('virsh', ['-c', at, 'uri']);
    t.regex(stderr, new RegExp(`no connection driver available for ${uri}:///system`));
  }
});

test('clients choose by the mode in libvirt.conf, and take the socket of all where theirs is missing', async t => {
  const configuration = await host.file('libvirt.conf', 'remote_mode = "direct"\n');
  const script = `mount --bind "$0" /etc/libvirt/libvirt.conf && mount -t tmpfs none /mnt && touch /mnt/libvirt-sock &&
    mount --bind /run/libvirt/libvirt-sock /mnt/libvirt-sock && mount --rbind /mnt /run/libvirt &&
    virsh -c network:///system?mode=auto uri && virsh -c network:///system uri`;
  const { stdout, stderr } = await host.sandbox.run('unshare', ['--mount', 'sh', '-c', script, configuration]);
  t.is(stdout.trim(), 'network:///system?mode=auto');
  t.regex(stderr, /Failed to connect socket to '.*virtnetworkd-sock'/);
});

test('the read-only socket of a driver lets nobody write', async t => {
  const at = 'network+unix:///system?socket=/run/libvirt/virtnetworkd-sock-ro';
  const { stderr } = await host.sandbox.run('virsh', ['-c', at, 'net-undefine', 'lan']);
  t.regex(stderr, /read only access prevents virNetworkUndefine/);
});

test('administrators find each daemon with its clients and limits', async t => {
  const admin = (daemon: string, ...args: readonly string[]): Promise<string> =>
    host.sandbox.mustRun('virt-admin', ['--connect', `${daemon}:///system`, ...args]);
  for (const driver of drivers) t.regex(await admin(`virt${driver}d`, 'server-list'), new RegExp(` virt${driver}d\n`));
  using held = openTerminal(host.sandbox, ['virsh', '-c', 'network:///system']);
  await held.expect(/virsh # /);
  t.regex(await admin('virtnetworkd', 'client-list', 'virtnetworkd'), / unix /);
  await admin('virtnetworkd', 'server-clients-set', 'virtnetworkd', '--max-clients', '7', '--max-unauth-clients', '3');
  t.regex(await admin('virtnetworkd', 'server-clients-info', 'virtnetworkd'), /nclients_max\s*: 7/);
  t.notRegex(await admin('libvirtd', 'server-clients-info', 'libvirtd'), /nclients_max\s*: 7/);
});

test("Debian 13's virsh opens each driver, too", async t => {
  t.timeout(900_000);
  const tree = await debianRoot('trixie');
  const script = `mount --bind /run/libvirt "$0/mnt" && mount -t tmpfs none "$0/run" && mkdir "$0/run/libvirt" &&
    mount --move "$0/mnt" "$0/run/libvirt" && for driver in "$@"; do chroot "$0" virsh -c $driver:///system uri; done`;
  const inTree = ['--mount', '--propagation', 'private', 'sh', '-c', script, tree, ...drivers];
  const { stdout, stderr } = await host.sandbox.run('unshare', inTree);
  t.deepEqual(
    stdout.split('\n').filter(Boolean),
    drivers.map(driver => `${driver}:///system`),
    stderr,
  );
});
