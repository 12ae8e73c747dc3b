import { readFileSync } from 'node:fs';
import { advice, ok, type Check, type Finding } from './finding.ts';

/**
 * What distributions set too low for a thousand containers, and what then runs out: each container's init, its daemons
 * and its address take some of it, and the user that they belong to has one budget for all of them.
 */
export const wanted: readonly (readonly [name: string, least: number, runsOut: string])[] = [
  ['fs.inotify.max_user_instances', 8192, 'systemd in them fails with "Too many open files"'],
  ['fs.inotify.max_user_watches', 524_288, 'systemd and editors in them cannot watch files'],
  ['fs.inotify.max_queued_events', 65_536, 'watchers in them lose events'],
  ['kernel.keys.maxkeys', 2000, 'services in them get no session keyring'],
  ['kernel.keys.maxbytes', 2_000_000, 'services in them get no session keyring'],
  ['net.ipv4.neigh.default.gc_thresh3', 8192, 'packets to them are lost: "neighbour table overflow"'],
  ['net.ipv6.neigh.default.gc_thresh3', 8192, 'packets to them are lost: "neighbour table overflow"'],
  ['kernel.pid_max', 131_072, 'there are no process numbers left'],
  ['kernel.pty.max', 16_384, 'there are no terminals left: consoles and logins fail'],
  ['fs.aio-max-nr', 1_048_576, 'databases in them cannot start'],
  ['vm.max_map_count', 262_144, 'search engines and databases in them, which cannot set it, do not start'],
  ['user.max_user_namespaces', 1, 'containers with an <idmap> cannot start'],
  ['fs.file-max', 500_000, 'the host has no descriptors left'],
];

export const sysctls: Check = { title: 'limits of the kernel', look: () => wanted.map(row => look(row, read)) };

export function look([name, least, runsOut]: (typeof wanted)[number], read: (name: string) => bigint | null): Finding {
  const value = read(name);
  if (value === null) return ok(`${name} is not in this kernel`);
  if (value >= BigInt(least)) return ok(`${name} = ${value}`);
  return advice(`${name} = ${value}: with many containers ${runsOut}`, `sysctl -w ${name}=${least}`);
}

function read(name: string): bigint | null {
  try {
    return BigInt(readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').trim());
  } catch {
    return null;
  }
}
