import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { tryLock } from '../../native/ffi/file-lock.ts';
import { Taken } from '../taken.ts';

/** A pid file whose lock says that its process lives; libvirt's daemons and ours exclude each other by it. */
export class PidFile {
  readonly #path: string;
  readonly #fd: number;

  private constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
  }

  /** Throws Taken when another process holds it; `advice` says what to do then. */
  static acquire(path: string, advice = ''): PidFile {
    for (;;) {
      const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o644);
      if (!tryLock(fd)) {
        const holder = pidIn(fd);
        closeSync(fd);
        throw new Taken(`Failed to acquire pid file '${path}': another daemon is running`, holder, advice);
      }
      if (isStillThere(path, fd)) {
        ftruncateSync(fd);
        writeSync(fd, `${process.pid}\n`, 0);
        return new PidFile(path, fd);
      }
      // Its former holder removed it between our opening and locking it.
      closeSync(fd);
    }
  }

  release(): void {
    if (isStillThere(this.#path, this.#fd)) unlinkSync(this.#path);
    closeSync(this.#fd);
  }
}

/** Null when nothing of the kind is written there. */
function pidIn(fd: number): number | null {
  const buffer = Buffer.alloc(16);
  const text = buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0)).trim();
  return /^[1-9]\d*$/.test(text) ? Number(text) : null;
}

function isStillThere(path: string, fd: number): boolean {
  const there = statSync(path, { throwIfNoEntry: false });
  const ours = fstatSync(fd);
  return there?.ino === ours.ino && there.dev === ours.dev;
}
