import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import test from 'ava';
import { bindUnixSocket } from '../../native/ffi/unix-socket.ts';
import { datagramsAt } from '../testing/datagrams.ts';
import { parseCommandLine } from './command-line.ts';
import { PidFile } from './pid-file.ts';

const launcher = join(import.meta.dirname, '../../bin/lxvirtd');
/** The daemon with a driver that needs no kernel. */
const memoryDaemon = join(import.meta.dirname, '../testing/main.ts');
const directory = mkdtempSync(join(tmpdir(), 'lxvirtd-process-'));
// The daemons share their compiled code: starting them is most of the time of these tests, and they run one by one.
process.env['NODE_COMPILE_CACHE'] = join(directory, 'code');
const running = new Set<ChildProcess>();
test.after.always(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(directory, { recursive: true });
});

let roots = 0;
/** A directory of its own for a daemon, with `texts` in etc/libvirt. */
function newRoot(texts: Record<string, string> = {}): string {
  roots += 1;
  const root = join(directory, String(roots));
  mkdirSync(join(root, 'etc/libvirt'), { recursive: true });
  for (const [name, content] of Object.entries(texts)) writeFileSync(join(root, 'etc/libvirt', name), content);
  return root;
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(50)) if (await condition()) return;
  throw new Error(`Waited in vain: ${what}`);
}

const isServed = (path: string): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(path);
    socket.on('error', () => resolve(false));
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });

const socketOf = (root: string): string => join(root, 'run/libvirt/libvirt-sock');

interface Started {
  readonly child: ChildProcess;
  readonly stderr: Promise<string>;
  readonly exit: Promise<number | null>;
}

function start(args: readonly string[], env: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, [memoryDaemon, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.add(child);
  const exit = once(child, 'exit').then(([code]: (number | null)[]) => {
    running.delete(child);
    return code ?? null;
  });
  if (child.stderr === null) throw new Error('No stderr');
  return { child, stderr: text(child.stderr), exit };
}

/** Exit status and output of a program that ends by itself. */
async function ended(file: string, args: readonly string[]): Promise<{ status: number; output: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(file, args);
    return { status: 0, output: stdout + stderr };
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'number') throw error;
    return { status: error.code, output: `${Reflect.get(error, 'stdout')}${Reflect.get(error, 'stderr')}` };
  }
}

const virsh = (root: string, ...args: string[]): Promise<{ status: number; output: string }> =>
  ended('virsh', ['-q', '-c', `lxc+unix:///?socket=${socketOf(root)}`, ...args]);

const nothingAsked = {
  config: null,
  daemonize: false,
  pidFile: null,
  listen: false,
  timeout: 0,
  verbose: false,
  root: null,
};
for (const [args, expected] of [
  [[], {}],
  [['-d', '-v', '-l'], { daemonize: true, verbose: true, listen: true }],
  [['--daemon', '--verbose', '--listen'], { daemonize: true, verbose: true, listen: true }],
  [['-f', '/a', '-p', 'b', '-t', '5'], { config: '/a', pidFile: '/here/b', timeout: 5 }],
  [
    ['--config=a', '--pid-file', '/b', '--timeout=120', '--root', 'r'],
    { config: '/here/a', pidFile: '/b', timeout: 120, root: '/here/r' },
  ],
] as const)
  test(`the command line '${args.join(' ')}' is understood`, t => {
    t.deepEqual(parseCommandLine(args, '/here'), { kind: 'run', options: { ...nothingAsked, ...expected } });
  });

for (const [args, status, expected] of [
  [['--help'], 0, /--pid-file <file>/],
  [['-h', '--bogus'], 1, /^lxvirtd: Unknown option '--bogus'\n/],
  [['--version'], 0, /^lxvirtd \(libvirt 9\.0\.0\) \d+\.\d+\.\d+\n$/],
  [['extra'], 1, /^lxvirtd: unexpected, non-option, command line arguments\n\nUsage:/],
  [['-t', 'abc'], 1, /^lxvirtd: Invalid value for timeout/],
  [['-t'], 1, /^lxvirtd: /],
  [
    ['--config', '/nonexistent/x.conf', '--root', newRoot()],
    1,
    /^lxvirtd: \/nonexistent\/x\.conf: Failed to open file/,
  ],
] as const)
  test.serial(`lxvirtd ${args.slice(0, 2).join(' ')} ends with status ${status}`, async t => {
    const result = await ended(launcher, args);
    t.is(result.status, status);
    t.regex(result.output, expected);
  });

test.serial('a daemon serves a stock client, and leaves nothing behind when it is told to end', async t => {
  const root = newRoot();
  const { child, exit } = start(['--root', root]);
  await until(() => isServed(socketOf(root)), 'the daemon listens');
  t.regex((await virsh(root, 'version')).output, /Using API: LXC 9\.0\.0/);
  t.deepEqual(socketsIn(root), [
    'libvirt-admin-sock',
    'libvirt-sock',
    'libvirt-sock-ro',
    'virtlxcd-admin-sock',
    'virtlxcd-sock',
    'virtlxcd-sock-ro',
  ]);
  t.is(statSync(socketOf(root)).mode & 0o777, 0o700);
  t.is(statSync(`${socketOf(root)}-ro`).mode & 0o777, 0o777);
  t.is(readFileSync(join(root, 'run/libvirtd.pid'), 'utf8'), `${child.pid}\n`);
  child.kill('SIGTERM');
  t.is(await exit, 0);
  t.deepEqual(socketsIn(root), []);
  t.false(existsSync(join(root, 'run/libvirtd.pid')));
});

test.serial('sockets lie where the configuration says, with its modes and group', async t => {
  const root = newRoot({
    'libvirtd.conf': 'unix_sock_dir = "/run/elsewhere"\nunix_sock_rw_perms = "0770"\nunix_sock_group = "tty"\n',
  });
  const { child, exit } = start(['--root', root]);
  const path = join(root, 'run/elsewhere/libvirt-sock');
  await until(() => isServed(path), 'the daemon listens');
  const { mode, gid } = statSync(path);
  t.deepEqual([mode & 0o777, gid], [0o770, 5]);
  child.kill('SIGINT');
  t.is(await exit, 0);
});

test.serial(
  '--daemon returns when clients can connect; a second daemon is refused, by its name and by its containers',
  async t => {
    const root = newRoot();
    t.deepEqual(await ended(process.execPath, [memoryDaemon, '-d', '--root', root]), { status: 0, output: '' });
    t.true(await isServed(socketOf(root)));
    const pid = Number(readFileSync(join(root, 'run/libvirtd.pid'), 'utf8'));
    const session = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[3];
    t.is(session, String(pid));

    const again = await ended(process.execPath, [memoryDaemon, '-d', '--root', root]);
    t.is(again.status, 1);
    t.regex(again.output, /Failed to acquire pid file '.*run\/libvirtd\.pid': another daemon is running, \S+ \(\d+\)/);
    const beside = await ended(process.execPath, [memoryDaemon, '-d', '--root', root, '-p', join(root, 'other.pid')]);
    t.is(beside.status, 1);
    t.regex(
      beside.output,
      /Failed to acquire pid file '.*run\/libvirt\/lxc\/driver\.pid': another daemon is running, \S+ \(\d+\)/,
    );
    t.false(existsSync(join(root, 'other.pid')));
    t.true(await isServed(socketOf(root)));

    process.kill(pid);
    await until(() => !existsSync(`/proc/${pid}/exe`), 'the daemon ends');
    t.false(existsSync(socketOf(root)));
  },
);

test.serial('--daemon fails with the reason when the daemon cannot start', async t => {
  const root = newRoot({ 'libvirtd.conf': '\nmax_clients = "x"\n' });
  const result = await ended(process.execPath, [memoryDaemon, '--daemon', '--root', root]);
  t.is(result.status, 1);
  t.regex(result.output, /^lxvirtd: .*libvirtd\.conf:2: expected an unsigned integer for 'max_clients' parameter\n$/);
});

test.serial('SIGHUP reads the log settings anew, says what has to wait, and survives a mistake', async t => {
  const log = join(directory, 'reload.log');
  const conf = (level: number, more: string): string => `log_level = ${level}\nlog_outputs = "1:file:${log}"\n${more}`;
  const root = newRoot({ 'libvirtd.conf': conf(4, '') });
  const file = join(root, 'etc/libvirt/libvirtd.conf');
  const { child, exit } = start(['--root', root]);
  await until(() => isServed(socketOf(root)), 'the daemon listens');
  t.is(readFileSync(log, 'utf8'), '');
  writeFileSync(file, conf(3, 'max_clients = 50\n'));
  child.kill('SIGHUP');
  await until(
    () => /takes effect when the daemon starts next key=max_clients/.test(readFileSync(log, 'utf8')),
    'a warning',
  );
  writeFileSync(file, 'log_level = nonsense');
  child.kill('SIGHUP');
  await until(() => /Cannot reload err=.*libvirtd\.conf:1: /.test(readFileSync(log, 'utf8')), 'an error');
  t.is((await virsh(root, 'uri')).status, 0);
  child.kill();
  t.is(await exit, 0);
});

test.serial('the service manager hears that the daemon is ready, reloads and stops', async t => {
  const root = newRoot();
  const path = join(directory, 'notify.sock');
  const arriving = datagramsAt(path);
  t.teardown(() => arriving.return(undefined));
  t.is((await arriving.next()).value, 'up');
  const { child, exit } = start(['--root', root], { NOTIFY_SOCKET: path });
  const next = async (): Promise<string> => String((await arriving.next()).value);
  t.is(await next(), `READY=1\nSTATUS=Serving clients\nMAINPID=${child.pid}`);
  t.true(await isServed(socketOf(root)));
  child.kill('SIGHUP');
  t.regex(await next(), /^RELOADING=1\nMONOTONIC_USEC=\d+$/);
  t.regex(await next(), /^READY=1\n/);
  child.kill('SIGTERM');
  t.is(await next(), 'STOPPING=1');
  t.is(await exit, 0);
});

const socketsIn = (root: string): string[] =>
  readdirSync(join(root, 'run/libvirt'))
    .filter(name => name.includes('-sock'))
    .sort();

/** Starts a daemon as systemd does: sockets from descriptor 3 on, and its own pid in the environment. */
function activated(root: string, sockets: readonly number[], names: string | null): Started {
  const script = `export LISTEN_PID=$$ LISTEN_FDS=${sockets.length}; exec "$@"`;
  const env = { ...process.env, ...(names === null ? {} : { LISTEN_FDNAMES: names }) };
  const command = ['-c', script, 'sh', process.execPath, memoryDaemon, '--root', root];
  const child = spawn('/bin/sh', command, { env, stdio: ['ignore', 'ignore', 'pipe', ...sockets] });
  running.add(child);
  const exit = once(child, 'exit').then(([code]: (number | null)[]) => code ?? null);
  if (child.stderr === null) throw new Error('No stderr');
  return { child, stderr: text(child.stderr), exit };
}

for (const [title, names] of [
  ['their units', 'libvirtd.socket:libvirtd-ro.socket'],
  ['their files', null],
] as const)
  test.serial(`handed-over sockets are served by the names of ${title}, and stay when the daemon ends`, async t => {
    const root = newRoot();
    mkdirSync(join(root, 'run/libvirt'), { recursive: true });
    const sockets = [bindUnixSocket(socketOf(root)), bindUnixSocket(`${socketOf(root)}-ro`)];
    const { child, exit } = activated(root, sockets, names);
    await until(() => isServed(socketOf(root)), 'the daemon listens');
    t.deepEqual(socketsIn(root), ['libvirt-sock', 'libvirt-sock-ro']);
    const xml = join(root, 'domain.xml');
    writeFileSync(xml, "<domain type='lxc'><name>x</name></domain>");
    t.is((await virsh(root, 'define', xml)).status, 0);
    const readOnly = await ended('virsh', ['-q', '-c', `lxc+unix:///?socket=${socketOf(root)}-ro`, 'undefine', 'x']);
    t.regex(readOnly.output, /read only access prevents/);
    child.kill();
    t.is(await exit, 0);
    t.deepEqual(socketsIn(root), ['libvirt-sock', 'libvirt-sock-ro']);
  });

test.serial('a handed-over socket of one driver opens no other', async t => {
  const root = newRoot();
  mkdirSync(join(root, 'run/libvirt'), { recursive: true });
  const path = join(root, 'networks');
  const { child, exit } = activated(root, [bindUnixSocket(path)], 'lxvirtd@virtnetworkd.socket');
  await until(() => isServed(path), 'the daemon listens');
  const { output } = await ended('virsh', ['-q', '-c', `lxc+unix:///?socket=${path}`, 'uri']);
  t.regex(output, /no connection driver available for lxc:\/\/\//);
  t.deepEqual(readdirSync(join(root, 'run')).sort(), ['libvirt', 'virtlxcd.pid', 'virtnetworkd.pid']);
  child.kill();
  t.is(await exit, 0);
});

for (const unit of ['lxvirtd@sshd.socket', 'virtqemud.socket', 'virtnetworkd@a.socket'])
  test.serial(`a handed-over socket of the unit ${unit} is refused`, async t => {
    const root = newRoot();
    const { exit, stderr } = activated(root, [bindUnixSocket(join(root, 'strange'))], unit);
    t.is(await exit, 1);
    t.regex(await stderr, /is none of libvirtd's/);
  });

test.serial('a handed-over socket of unknown use is refused', async t => {
  const root = newRoot();
  const { exit, stderr } = activated(root, [bindUnixSocket(join(root, 'strange'))], 'strange.socket');
  t.is(await exit, 1);
  t.regex(await stderr, /The socket '.*strange' \('strange\.socket'\) is none of libvirtd's/);
});

test.serial('a handed-over socket that is no Unix socket is refused', async t => {
  const tcp = createServer().listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const handle: unknown = Reflect.get(tcp, '_handle');
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : null;
  if (typeof fd !== 'number') throw new Error('No descriptor');
  const { exit, stderr } = activated(newRoot(), [fd], 'libvirtd.socket');
  t.is(await exit, 1);
  t.regex(await stderr, /is not a Unix socket/);
  tcp.close();
});

test.serial('--timeout ends a daemon without clients, and not before they leave', async t => {
  const root = newRoot();
  const { child, exit } = start(['--root', root, '--timeout', '1']);
  await until(() => existsSync(`${socketOf(root)}-ro`), 'the daemon listens');
  const client = connect(socketOf(root));
  await once(client, 'connect');
  await sleep(2500);
  t.is(child.exitCode, null);
  client.destroy();
  t.is(await exit, 0);
});

/** Compiles with the launcher, its cache in a directory that `spoil` has its way with; tells what is in the cache then. */
async function compiled(spoil: (directory: string) => void): Promise<string[]> {
  const home = newRoot();
  const cache = join(home, 'code');
  mkdirSync(cache, { mode: 0o700 });
  spoil(home);
  const { status } = await ended('env', [`CACHE_DIRECTORY=${home}`, launcher, '--compile']);
  if (status !== 0) throw new Error(`the launcher ended with ${status}`);
  return readdirSync(cache).filter(name => name.startsWith('v24'));
}

for (const [title, spoil] of [
  ['others may write to', home => chmodSync(join(home, 'code'), 0o777)],
  ['others may replace', home => chmodSync(home, 0o777)],
  ['another user may replace', home => chownSync(home, 12345, 0)],
  [
    'is a link',
    home => {
      rmSync(join(home, 'code'), { recursive: true });
      symlinkSync(newRoot(), join(home, 'code'));
    },
  ],
] as const satisfies readonly (readonly [string, (home: string) => void])[])
  test.serial(`a compile cache that ${title} is not used`, async t => {
    t.deepEqual(await compiled(spoil), []);
  });

test.serial('the launcher keeps compiled code where only root can write', async t => {
  t.not((await compiled(home => rmSync(join(home, 'code'), { recursive: true }))).length, 0);
});

test('a pid file left by a daemon that died is taken over', t => {
  const path = join(directory, 'stale.pid');
  writeFileSync(path, '123456789\n');
  const file = PidFile.acquire(path);
  t.is(readFileSync(path, 'utf8'), `${process.pid}\n`);
  file.release();
  t.false(existsSync(path));
});
