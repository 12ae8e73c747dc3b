/** mkfifo(3), which Node does not have. Throws SystemCallError. */
import { checked, libc } from './libc.ts';

const cMkfifo: (path: string, mode: number) => number = libc.func('int mkfifo(const char *path, unsigned int mode)');

export function makeFifo(path: string, mode: number): void {
  checked('mkfifo', cMkfifo(path, mode), path);
}
