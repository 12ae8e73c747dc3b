import { readFileSync } from 'node:fs';

/** The kernel writes blanks and backslashes as three octal digits, byte by byte. */
const unescaped = (text: string): string =>
  Buffer.from(
    text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    'utf8',
  ).toString();

/**
 * Whether `source` is mounted at `target`, as proc_pid_mounts(5) tells: the file systems themselves are not asked, and the
 * kernel answers at once, also when all threads that read files wait for a server.
 */
export function isMounted(source: string, target: string): boolean {
  const table = readFileSync('/proc/self/mounts', 'utf8');
  return table.split('\n').some(line => {
    const [from = '', at = ''] = line.split(' ');
    return unescaped(from) === source && unescaped(at) === target;
  });
}
