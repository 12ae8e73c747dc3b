import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Outcome, type RunOptions, mustRun, run } from './run.ts';

/**
 * Network, mount and PID namespaces in which a daemon, its containers and their clients live. When the sandbox ends, or
 * the test's process dies in whatever way, the kernel kills everything inside.
 */
export interface Sandbox extends AsyncDisposable {
  /** What comes in front of a command line, so that it runs inside. */
  readonly prefix: readonly string[];
  run(command: string, args: readonly string[], options?: RunOptions): Promise<Outcome>;
  mustRun(command: string, args: readonly string[], options?: RunOptions): Promise<string>;
}

/**
 * The sandbox's first process reaps what is orphaned inside and ends with its standard input. /sys has to be that of the
 * new network namespace, with the cgroups where they were.
 */
const FIRST_PROCESS = `
  set -e
  keep=$(mktemp -d)
  mount --rbind /sys/fs/cgroup "$keep"
  mount -t sysfs sysfs /sys
  mount --move "$keep" /sys/fs/cgroup
  rmdir "$keep"
  ip link set lo up
  exec 3<&0
  { echo ready; exec cat >/dev/null <&3; } &
  wait $!
`;

export async function openSandbox(): Promise<Sandbox> {
  const namespaces = [
    '--mount',
    '--net',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
    '--propagation',
    'private',
  ];
  const holder = spawn('unshare', [...namespaces, 'sh', '-c', FIRST_PROCESS], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [first] = await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')]);
  if (!(first instanceof Buffer)) throw new Error('cannot make namespaces: run as root');
  const pid = (await mustRun('pgrep', ['--parent', String(holder.pid)])).trim();
  return inside(['nsenter', '--target', pid, '--mount', '--net', '--pid'], () => end(holder));
}

/** The namespaces that this process is already in: for running the tests against another daemon. */
export function presentSandbox(): Sandbox {
  return inside(['env'], () => Promise.resolve());
}

function inside(prefix: readonly string[], close: () => Promise<void>): Sandbox {
  const [enter = 'env', ...options] = prefix;
  return {
    prefix,
    run: (command, args, runOptions) => run(enter, [...options, command, ...args], runOptions),
    mustRun: (command, args, runOptions) => mustRun(enter, [...options, command, ...args], runOptions),
    [Symbol.asyncDispose]: close,
  };
}

async function end(holder: ChildProcess): Promise<void> {
  if (holder.exitCode !== null || holder.signalCode !== null) return;
  const ended = once(holder, 'exit');
  holder.kill('SIGKILL');
  await ended;
}
