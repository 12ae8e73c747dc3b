import { statSync } from 'node:fs';
import { deviceNumbers } from '../../../native/cgroup/device-numbers.ts';
import { startFailure } from './start-failure.ts';

export interface HostNode {
  readonly kind: 'char' | 'block';
  readonly major: number;
  readonly minor: number;
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
