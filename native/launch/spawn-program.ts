import { closeSync, openSync } from 'node:fs';
import { closeQuietly, duplicate } from '../ffi/libc.ts';
import { posixSpawnInBackground } from '../ffi/posix-spawn.ts';

export interface ProgramRequest {
  /** Absolute path. */
  readonly file: string;
  readonly argv: readonly string[];
  /** Its descriptors 3, 4, … in order. */
  readonly files: readonly number[];
  /** Its descriptor 2, unless that is /dev/null as 0 and 1 are. */
  readonly log?: number;
  readonly newSession?: boolean;
}

/**
 * Starts a program of ours, without an environment. The descriptors have been copied when this returns its promise. The
 * child is the caller's to reap. Rejects with SystemCallError.
 */
export async function spawnProgram({ files, log, ...request }: ProgramRequest): Promise<number> {
  const nothing = openSync('/dev/null', 'r+');
  const wanted = [nothing, nothing, log ?? nothing, ...files];
  const moved: number[] = [];
  try {
    // Each is moved out of the range that the child's will be in.
    for (const fd of wanted) moved.push(duplicate(fd, wanted.length));
    return await posixSpawnInBackground({ ...request, env: {}, files: moved });
  } finally {
    closeSync(nothing);
    moved.forEach(closeQuietly);
  }
}
