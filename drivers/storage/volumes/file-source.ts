import { close, fstat, read } from 'node:fs';
import { promisify } from 'node:util';
import { deviceSize } from '../../../native/ffi/device-size.ts';
import { nextData, nextHole } from '../../../native/ffi/file-ranges.ts';
import type { StreamPiece, StreamSource } from '../../contract/data-stream.ts';
import type { VolumeRange } from '../../contract/storage-volumes.ts';

const closeFile = promisify(close);
const statOpen = promisify(fstat);

interface Options extends VolumeRange {
  /** Tell holes instead of sending their zeros. */
  readonly sparse: boolean;
}

/** How many pieces are set aside to be filled again. */
const SPARE_MAX = 8;

/** The bytes of an open file. */
export class FileSource implements StreamSource {
  readonly #fd: number;
  readonly #end: bigint;
  #position: bigint;
  /** Where the data or the hole that `#position` is in ends. */
  #sectionEnd: bigint;
  readonly #spare: Buffer[] = [];

  private constructor(fd: number, { offset, sparse }: Options, end: bigint) {
    this.#fd = fd;
    this.#position = offset;
    this.#end = end;
    this.#sectionEnd = sparse ? offset : end;
  }

  /** The descriptor is the source's from now on. */
  static async create(fd: number, options: Options): Promise<FileSource> {
    try {
      const status = await statOpen(fd, { bigint: true });
      const size = status.isBlockDevice() ? deviceSize(fd) : status.size;
      const wanted = options.length === 0n ? size : options.offset + options.length;
      return new FileSource(fd, options, wanted < size ? wanted : size);
    } catch (error) {
      await closeFile(fd);
      throw error;
    }
  }

  async read(limit: number): Promise<StreamPiece | null> {
    if (this.#position >= this.#end) return null;
    if (this.#position >= this.#sectionEnd) {
      const hole = await this.#enterSection();
      if (hole !== null) return { hole };
    }
    const left = this.#sectionEnd - this.#position;
    const length = left < BigInt(limit) ? Number(left) : limit;
    const buffer = this.#spare.pop() ?? Buffer.allocUnsafeSlow(limit);
    const count = await readInto(this.#fd, buffer, Math.min(length, buffer.length), this.#position);
    // Somebody cut the file.
    if (count === 0) return null;
    this.#position += BigInt(count);
    return { data: count === buffer.length ? buffer : buffer.subarray(0, count) };
  }

  /** Passes over a hole, if one is here, and tells its length; finds out how far the data reaches behind it. */
  async #enterSection(): Promise<bigint | null> {
    const from = this.#position;
    const data = this.#least((await nextData(this.#fd, from)) ?? this.#end);
    this.#position = data;
    this.#sectionEnd = data < this.#end ? this.#least((await nextHole(this.#fd, data)) ?? this.#end) : data;
    return data > from ? data - from : null;
  }

  #least(position: bigint): bigint {
    return position < this.#end ? position : this.#end;
  }

  release(data: Buffer): void {
    if (this.#spare.length < SPARE_MAX) this.#spare.push(Buffer.from(data.buffer));
  }

  close(): Promise<void> {
    return closeFile(this.#fd);
  }
}

const readInto = (fd: number, buffer: Buffer, length: number, position: bigint): Promise<number> =>
  new Promise((resolve, reject) => {
    read(fd, buffer, 0, length, position, (error, count) => (error === null ? resolve(count) : reject(error)));
  });
