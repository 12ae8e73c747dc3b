import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox } from './sandbox.ts';
import { until } from './until.ts';

const LAUNCHER = join(import.meta.dirname, '../../bin/lxvirtd');

/** A private lxvirtd in a sandbox. */
export interface Daemon {
  /** Its process as seen from outside of the sandbox: for signals and /proc. */
  readonly pid: number;
  readonly socket: string;
  readonly readOnlySocket: string;
  /** Ends it with `signal` and waits until it is gone. Containers stay. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** All that it logged so far. */
  log(): string;
}

/** Starts `lxvirtd --root root`, with `options` behind it, and waits until a client is served. */
export async function startDaemon(sandbox: Sandbox, root: string, options: readonly string[] = []): Promise<Daemon> {
  const logFile = join(root, 'daemon.log');
  const log = openSync(logFile, 'a');
  const [enter = 'env', ...prefix] = sandbox.prefix;
  // setpriv: the daemon dies with the test. The daemon is the grandchild, since nsenter forks for the PID namespace.
  const command = ['setpriv', '--pdeathsig', 'KILL', LAUNCHER, '--root', root, ...options];
  const child = spawn(enter, [...prefix, ...command], { stdio: ['ignore', log, log] });
  closeSync(log);
  const socket = join(root, 'run/libvirt/libvirt-sock');
  const readLog = (): string => readFileSync(logFile, 'utf8');
  await until('lxvirtd answers a client', async () => {
    if (child.exitCode !== null) throw new Error(`lxvirtd ended with status ${child.exitCode}:\n${readLog()}`);
    return (await sandbox.run('virsh', ['-c', `lxc+unix:///?socket=${socket}`, 'version'])).status === 0;
  }).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw new Error(`lxvirtd did not start; its log:\n${readLog()}`, { cause: error });
  });
  const pid = daemonPid(child);
  return {
    pid,
    socket,
    readOnlySocket: join(root, 'run/libvirt/libvirt-sock-ro'),
    log: readLog,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      process.kill(pid, signal);
      await ended;
    },
  };
}

/** nsenter waits as the parent of what it runs in a PID namespace; without namespaces the child is the daemon itself. */
function daemonPid(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('lxvirtd was not started');
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ');
  return Number(children[0]) || child.pid;
}
