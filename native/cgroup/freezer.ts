import { setTimeout as sleep } from 'node:timers/promises';
import { keyedValues } from './conversions.ts';
import { readControl, writeControl } from './file.ts';

/** How each interface freezes. */
const interfaces = {
  1: {
    file: 'freezer.state',
    freeze: 'FROZEN',
    thaw: 'THAWED',
    asked: (directory: string) => readControl(directory, 'freezer.state')?.trim() !== 'THAWED',
    frozen: (directory: string) => readControl(directory, 'freezer.state')?.trim() === 'FROZEN',
  },
  2: {
    file: 'cgroup.freeze',
    freeze: '1',
    thaw: '0',
    asked: (directory: string) => readControl(directory, 'cgroup.freeze')?.trim() === '1',
    frozen: (directory: string) => keyedValues(readControl(directory, 'cgroup.events') ?? '').get('frozen') === 1n,
  },
} as const;

/** A process inside an uninterruptible system call delays freezing until it comes back. */
const patience = 30_000;

/** Resolves when every process stands still; thaws and rejects when that takes more than half a minute. */
export async function freeze(version: 1 | 2, directory: string): Promise<void> {
  const { file, freeze, thaw, frozen } = interfaces[version];
  const deadline = Date.now() + patience;
  writeControl(directory, file, freeze);
  for (let wait = 1; !frozen(directory); wait = Math.min(wait * 2, 50)) {
    if (Date.now() > deadline) {
      writeControl(directory, file, thaw);
      throw new Error(`processes of ${directory} did not freeze within ${patience / 1000} s`);
    }
    // v1 stops trying once a process it could not freeze was seen: asking again makes it look again
    if (version === 1) writeControl(directory, file, freeze);
    await sleep(wait);
  }
}

/** Takes effect before it returns. */
export function thaw(version: 1 | 2, directory: string): void {
  writeControl(directory, interfaces[version].file, interfaces[version].thaw);
}

/** True from the request on, also before the last process stands still. */
export const isFrozen = (version: 1 | 2, directory: string): boolean => interfaces[version].asked(directory);
