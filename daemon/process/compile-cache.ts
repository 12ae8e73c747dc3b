import { lstatSync, mkdirSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * Keeps compiled code between starts, which are several times as fast then. Whoever can write to the cache can run code
 * as this process, so it is used only if the directory is ours alone; Node's default, below /tmp, never is.
 * Returns why there is none, or null.
 */
export function useCompileCache(root: string | null): string | null {
  const directory = join(root ?? '/', 'var/cache/lxvirtd/code');
  try {
    mkdirSync(dirname(directory), { recursive: true, mode: 0o755 });
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const found = lstatSync(directory);
    if (!found.isDirectory()) return `'${directory}' is no directory`;
    if (found.uid !== process.geteuid?.()) return `'${directory}' belongs to another user`;
    if ((found.mode & 0o077) !== 0) return `'${directory}' is open to other users: its mode must be 0700`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  enableCompileCache(directory);
  return null;
}
