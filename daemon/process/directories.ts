import { mkdirSync } from 'node:fs';
import type { Paths } from '../../drivers/contract/paths.ts';

/** Makes the directories that libvirt's packages bring along. Those that are there keep their modes. */
export function makeDirectories({ etc, run, lib, cache, log }: Paths): void {
  for (const directory of [etc, run, lib, cache]) mkdirSync(directory, { recursive: true, mode: 0o755 });
  mkdirSync(log, { recursive: true, mode: 0o700 });
}
