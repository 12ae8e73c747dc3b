import { join } from 'node:path';
import { mustRun } from './run.ts';

const SCRIPTS = join(import.meta.dirname, '../../scripts');

/** Makes a busybox root tree in `directory`. */
export async function busyboxRoot(directory: string): Promise<string> {
  await mustRun('sh', [join(SCRIPTS, 'mkrootfs.sh'), directory]);
  return directory;
}

/** The shared Debian root of a release, or of bookworm with systemd-machined: only to be read. The first time it takes minutes. */
export async function debianRoot(suite: 'bullseye' | 'bookworm' | 'trixie' | 'machined'): Promise<string> {
  const path = await mustRun('sh', [join(SCRIPTS, 'debian-root.sh'), suite], { deadline: 900_000 });
  return path.trim();
}

/** What comes in front of a command line, so that it runs in another root tree, where `directory` is /mnt. */
export function inTree(tree: string, directory: string): string[] {
  const script = `mount --bind "$1" "$0/mnt" && mount --rbind /proc "$0/proc" && tree=$0 && shift && exec chroot "$tree" "$@"`;
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, tree, directory];
}
