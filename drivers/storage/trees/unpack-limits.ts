import { statfs } from 'node:fs/promises';
import { invalidArchive } from './tar/invalid-archive.ts';
import type { TarEntry } from './tar/tar-entry.ts';

/** Far more than any system has. */
const ENTRIES_MAX = 1_000_000;

/** How much an archive may become: what the file system has room for, and no end of entries. */
export class UnpackLimits {
  #entries = 0;
  #bytes = 0;
  readonly #room: number;

  private constructor(room: number) {
    this.#room = room;
  }

  static async of(tree: string): Promise<UnpackLimits> {
    const { bavail, bsize } = await statfs(tree);
    return new UnpackLimits(bavail * bsize);
  }

  /** Throws once it is too much. */
  count({ size }: Pick<TarEntry, 'size'>): void {
    this.#entries++;
    this.#bytes += size;
    if (this.#entries > ENTRIES_MAX) throw invalidArchive(`it has more than ${ENTRIES_MAX} entries`);
    if (this.#bytes > this.#room) throw invalidArchive('the pool has no room for it');
  }
}
