import { closeSync, openSync } from 'node:fs';
import { closeQuietly, duplicate, pipe } from '../../../native/ffi/libc.ts';
import { posixSpawn, reap } from '../../../native/ffi/posix-spawn.ts';

/** Reads until there is nothing more to read: it ends by itself when the daemon does. */
const PROGRAM = '/bin/cat';

/** Milliseconds between looks at one that is about to exit. */
const REAP_INTERVAL = 20;

/** A process that does nothing but be there: systemd makes no scope without one. */
export class Holder {
  readonly pid: number;
  readonly #end: number;
  #released = false;

  /** Throws SystemCallError. */
  constructor() {
    const { readEnd, writeEnd } = pipe();
    const nothing = openSync('/dev/null', 'r+');
    const files: number[] = [];
    try {
      for (const fd of [readEnd, nothing, nothing]) files.push(duplicate(fd, 3));
      this.pid = posixSpawn({ file: PROGRAM, argv: [PROGRAM], env: {}, files });
      this.#end = writeEnd;
    } catch (error) {
      closeQuietly(writeEnd);
      throw error;
    } finally {
      files.forEach(closeQuietly);
      closeQuietly(readEnd);
      closeSync(nothing);
    }
  }

  /** It may go. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    closeQuietly(this.#end);
    const timer = setInterval(() => {
      if (reap(this.pid) !== null) clearInterval(timer);
    }, REAP_INTERVAL);
  }
}
