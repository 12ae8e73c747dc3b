import { readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** mountinfo escapes blanks and backslashes of paths in octal. */
const unescape = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

/** Whether something is mounted on a directory, or below it. */
export async function hasMountsInside(path: string): Promise<boolean> {
  const real = join(await realpath(dirname(path)), basename(path));
  const wanted = Buffer.from(real).toString('latin1');
  const lines = (await readFile('/proc/self/mountinfo', 'latin1')).split('\n');
  const points = lines.map(line => unescape(line.split(' ')[4] ?? ''));
  return points.some(point => point === wanted || point.startsWith(`${wanted}/`));
}
