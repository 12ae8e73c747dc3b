import { startFailure } from './start-failure.ts';
import { statSync } from 'node:fs';

export interface HostNode {
  readonly kind: 'char' | 'block';
  readonly major: number;
  readonly minor: number;
}

/** glibc's gnu_dev_major and gnu_dev_minor. */
function deviceNumbers(rdev: bigint): { major: number; minor: number } {
  return {
    major: Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n)),
    minor: Number((rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n)),
  };
}

/** The device at a path of the host. Fails the start when it is not there or is no such device. */
export function hostDevice(path: string, kind: 'char' | 'block'): HostNode {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) throw startFailure(`Unable to access ${path}: No such file or directory`);
  const matches = kind === 'char' ? stat.isCharacterDevice() : stat.isBlockDevice();
  if (!matches) {
    const wanted = kind === 'char' ? 'character' : 'block';
    throw startFailure(`Storage source ${path} must be a ${wanted} device`);
  }
  return { kind, ...deviceNumbers(stat.rdev) };
}
