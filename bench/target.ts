import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startDaemon } from '../conformance/harness/daemon.ts';
import { mustRun } from '../conformance/harness/run.ts';
import { openSandbox } from '../conformance/harness/sandbox.ts';

const PEER_SCRIPT = join(import.meta.dirname, '../scripts/with-real-libvirtd.sh');

/** In ms: it takes two seconds for each container that it still has. */
const PEER_END_LIMIT = 20_000;

/** A daemon to measure, in namespaces of its own. */
export interface Target extends AsyncDisposable {
  readonly name: string;
  readonly socket: string;
  /** As seen from here. */
  readonly pid: number;
  /** A directory of its own. */
  readonly directory: string;
}

/** How clients come in over the network. */
export interface Access {
  /** The directory of libsasl2's configuration. */
  readonly sasl: string;
  /** The file of settings for a daemon of that name. */
  config(name: string): string;
}

export async function openLxvirtd(directory: string, access: Access | null = null): Promise<Target> {
  const sandbox = await openSandbox();
  // Certificates are where the daemon looks for them.
  const root = access === null ? join(directory, 'lxvirtd') : directory;
  await mkdir(root, { recursive: true });
  const listening = access === null ? [] : ['--listen', '--config', access.config('lxvirtd')];
  if (access !== null) process.env['SASL_CONF_PATH'] = access.sasl;
  const daemon = await startDaemon(sandbox, root, listening);
  return {
    name: 'lxvirtd',
    socket: daemon.socket,
    pid: daemon.pid,
    directory: root,
    async [Symbol.asyncDispose]() {
      await daemon.stop();
      await sandbox[Symbol.asyncDispose]();
    },
  };
}

export async function openPeer(directory: string, access: Access | null = null): Promise<Target> {
  const listening = access && { REAL_LIBVIRTD_LISTEN: access.config('libvirtd'), SASL_CONF_PATH: access.sasl };
  const tell = 'echo $REAL_LIBVIRTD_SOCKET; exec cat';
  const child = spawn(PEER_SCRIPT, ['sh', '-c', tell], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...listening },
  });
  const [socket] = await Promise.race([once(createInterface(child.stdout), 'line'), once(child, 'exit')]);
  if (typeof socket !== 'string') throw new Error('libvirtd did not start');
  const own = join(directory, 'libvirtd');
  await mkdir(own);
  return {
    name: 'libvirtd',
    socket,
    pid: await libvirtdBelow(child.pid ?? 0),
    directory: own,
    [Symbol.asyncDispose]: () => endPeer(child),
  };
}

/** It ends by itself with its input; if not, it is killed, and what runs inside of it too. */
async function endPeer(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.stdin?.end();
  const [unshare] = await childrenOf(child.pid ?? 0);
  const late = setTimeout(() => process.kill(Number(unshare), 'SIGKILL'), PEER_END_LIMIT);
  await ended;
  clearTimeout(late);
}

const childrenOf = async (pid: number | string): Promise<string[]> =>
  (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean);

/** The libvirtd among the descendants of a process. */
async function libvirtdBelow(ancestor: number): Promise<number> {
  for (const child of await childrenOf(ancestor)) {
    if ((await readFile(`/proc/${child}/comm`, 'utf8')).trim() === 'libvirtd') return Number(child);
    const below = await libvirtdBelow(Number(child));
    if (below > 0) return below;
  }
  return 0;
}

/** /proc as it is inside of the target: of its own PID namespace. */
export const procOf = (target: Target): string => `/proc/${target.pid}/root/proc`;

/** Kibibytes of a line of a file in /proc, such as `VmRSS` of /proc/PID/status. */
export async function kibibytes(file: string, line: string): Promise<number> {
  return Number(new RegExp(`^${line}:\\s+(\\d+) kB$`, 'm').exec(await readFile(file, 'utf8'))?.[1]);
}

/** A directory that is gone at the end, outside of /tmp: daemons have a /tmp of their own. */
export async function temporaryDirectory(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp('/var/tmp/lxvirtd-bench-');
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Runs a program in the daemon's mount, network and process namespaces. */
export const enter = ({ pid }: Target, command: string, args: readonly string[]): Promise<string> =>
  mustRun('nsenter', ['--target', String(pid), '--mount', '--net', '--pid', command, ...args]);
