import { closeSync, constants, fstatSync, ftruncateSync, openSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { tryLock } from '../../native/ffi/file-lock.ts';

/** A pid file whose lock says that its process lives; libvirt's daemons and ours exclude each other by it. */
export class PidFile {
  readonly #path: string;
  readonly #fd: number;

  private constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
  }

  /** Throws when another process holds it. */
  static acquire(path: string): PidFile {
    for (;;) {
      const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o644);
      if (!tryLock(fd)) {
        closeSync(fd);
        throw new Error(`Failed to acquire pid file '${path}': another daemon is running`);
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
    unlinkSync(this.#path);
    closeSync(this.#fd);
  }
}

function isStillThere(path: string, fd: number): boolean {
  const there = statSync(path, { throwIfNoEntry: false });
  const ours = fstatSync(fd);
  return there?.ino === ours.ino && there.dev === ours.dev;
}
