import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startDaemon } from '../conformance/harness/daemon.ts';
import { openSandbox } from '../conformance/harness/sandbox.ts';

const PEER_SCRIPT = join(import.meta.dirname, '../scripts/with-real-libvirtd.sh');

/** A daemon to measure, in namespaces of its own. */
export interface Target extends AsyncDisposable {
  readonly name: string;
  readonly socket: string;
  /** As seen from here. */
  readonly pid: number;
  /** A directory of its own. */
  readonly directory: string;
}

export async function openLxvirtd(directory: string): Promise<Target> {
  const sandbox = await openSandbox();
  const root = join(directory, 'lxvirtd');
  await mkdir(root);
  const daemon = await startDaemon(sandbox, root);
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

export async function openPeer(directory: string): Promise<Target> {
  const tell = 'echo $REAL_LIBVIRTD_SOCKET; exec cat';
  const child = spawn(PEER_SCRIPT, ['sh', '-c', tell], { stdio: ['pipe', 'pipe', 'inherit'] });
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

async function endPeer(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.stdin?.end();
  await ended;
}

/** The libvirtd among the descendants of a process. */
async function libvirtdBelow(ancestor: number): Promise<number> {
  for (const child of (await readFile(`/proc/${ancestor}/task/${ancestor}/children`, 'utf8'))
    .split(' ')
    .filter(Boolean)) {
    if ((await readFile(`/proc/${child}/comm`, 'utf8')).trim() === 'libvirtd') return Number(child);
    const below = await libvirtdBelow(Number(child));
    if (below > 0) return below;
  }
  return 0;
}

/** The process that has the id `inner` in the PID namespace of the target. */
export async function pidInTarget(target: Target, inner: number): Promise<number> {
  const namespace = await readlink(`/proc/${target.pid}/ns/pid`);
  for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
    try {
      if ((await readlink(`/proc/${pid}/ns/pid`)) !== namespace) continue;
      const [, ids = ''] = /^NSpid:\s+(.*)$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
      if (Number(ids.split('\t').at(-1)) === inner) return Number(pid);
    } catch {
      // It ended while we looked.
    }
  }
  throw new Error(`no process ${inner} in the namespace of ${target.name}`);
}

/** Kibibytes of a line of /proc/PID/FILE, such as `VmRSS` of status. */
export async function kibibytes(pid: number, file: string, line: string): Promise<number> {
  const text = await readFile(`/proc/${pid}/${file}`, 'utf8');
  return Number(new RegExp(`^${line}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]);
}

/** A directory that is gone at the end, outside of /tmp: daemons have a /tmp of their own. */
export async function temporaryDirectory(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp('/var/tmp/lxvirtd-bench-');
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
