import { execFileSync, spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';

/** Names of this run: at most 15 bytes, and other runs may be at work beside it. */
let counter = 0;
export const unique = (kind: string): string => `lx${(process.pid % 100_000).toString(36)}${kind}${counter++}`;

export async function eventually(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition was not met within 30 s');
    await sleep(5);
  }
}

const namespaceOf = (pid: number | 'self'): string | null => {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return null;
  }
};

/** A process in a network namespace of its own, like a container's init; it ends with the test. */
export async function containerProcess(t: ExecutionContext): Promise<number> {
  const child = spawn('unshare', ['--net', 'sleep', '1000'], { stdio: 'ignore' });
  t.teardown(() => child.kill('SIGKILL'));
  const pid = child.pid ?? 0;
  await eventually(() => ![null, namespaceOf('self')].includes(namespaceOf(pid)));
  return pid;
}

/** Runs a command in the network namespace of a process. */
export const inside = (pid: number, ...command: string[]): string =>
  execFileSync('nsenter', ['--net', `--target=${pid}`, ...command], { encoding: 'utf8' });

export interface IpLink {
  ifname: string;
  address: string;
  mtu: number;
  flags: string[];
  linkinfo?: { info_kind?: string; info_data?: { mode?: string }; info_slave_data?: { isolated?: boolean } };
  master?: string;
}

/** What iproute2 says: not our own reading. */
export function ipLink(name: string, pid?: number): IpLink {
  const command = ['ip', '-json', '-details', 'link', 'show', 'dev', name];
  const output =
    pid === undefined ? execFileSync('ip', command.slice(1), { encoding: 'utf8' }) : inside(pid, ...command);
  const [link]: IpLink[] = JSON.parse(output);
  if (link === undefined) throw new Error(`ip shows no ${name}`);
  return link;
}
