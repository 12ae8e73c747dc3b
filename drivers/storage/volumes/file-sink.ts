import { close, fstat, ftruncate, write } from 'node:fs';
import { promisify } from 'node:util';
import { deviceSize } from '../../../native/ffi/device-size.ts';
import { punchHole } from '../../../native/ffi/file-ranges.ts';
import type { StreamSink } from '../../contract/data-stream.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { VolumeRange } from '../../contract/storage-volumes.ts';
import { errorCode, systemFailure } from '../system-failure.ts';

const closeFile = promisify(close);
const statOpen = promisify(fstat);
const truncate = promisify(ftruncate);

/** Node counts no further when it writes: 8 PiB, while clients may name lengths of 8 EiB. */
const POSITION_MAX = BigInt(Number.MAX_SAFE_INTEGER);

/** Writes into an open file, from `offset` on and no more than `length` bytes. What has been written stays. */
export class FileSink implements StreamSink {
  readonly #fd: number;
  readonly #isDevice: boolean;
  readonly #path: string;
  readonly #end: bigint;
  #position: bigint;
  #size: bigint;
  #writing: Promise<void> | null = null;

  private constructor(fd: number, { offset, length }: VolumeRange, path: string, size: bigint, isDevice: boolean) {
    this.#fd = fd;
    this.#isDevice = isDevice;
    this.#path = path;
    this.#position = offset;
    const most = isDevice ? size : POSITION_MAX;
    const wanted = length === 0n ? most : offset + length;
    this.#end = wanted < most ? wanted : most;
    this.#size = size;
  }

  /** The descriptor is the sink's from now on. */
  static async create(fd: number, range: VolumeRange, path: string): Promise<FileSink> {
    try {
      const status = await statOpen(fd, { bigint: true });
      const isDevice = status.isBlockDevice();
      return new FileSink(fd, range, path, isDevice ? deviceSize(fd) : status.size, isDevice);
    } catch (error) {
      await closeFile(fd);
      throw error;
    }
  }

  async write(data: Buffer): Promise<void> {
    this.#require(BigInt(data.length));
    this.#writing = writeAll(this.#fd, data, Number(this.#position));
    await this.#performing(this.#writing);
    this.#writing = null;
    this.#advance(BigInt(data.length));
  }

  async skip(length: bigint): Promise<void> {
    this.#require(length);
    this.#writing = this.#clear(length);
    await this.#performing(this.#writing);
    this.#writing = null;
    this.#advance(length);
  }

  /** What lies there already must read as zeros; behind the end the file grows. */
  async #clear(length: bigint): Promise<void> {
    const end = this.#position + length;
    const inside = (end < this.#size ? end : this.#size) - this.#position;
    if (inside > 0n) await this.#zero(this.#position, inside);
    if (end > this.#size) await truncate(this.#fd, Number(end));
  }

  async #zero(position: bigint, length: bigint): Promise<void> {
    try {
      await punchHole(this.#fd, position, length);
    } catch (error) {
      if (!['ENOTSUP', 'EOPNOTSUPP', 'ENODEV', 'ENOSYS'].includes(errorCode(error) ?? '')) throw error;
      const zeros = Buffer.alloc(1 << 20);
      for (let at = position; at < position + length; at += BigInt(zeros.length)) {
        const left = position + length - at;
        const piece = left < BigInt(zeros.length) ? zeros.subarray(0, Number(left)) : zeros;
        await writeAll(this.#fd, piece, Number(at));
      }
    }
  }

  /** More than was announced, or than a device has, is answered as a full disk is; what no file can have, as the system does. */
  #require(length: bigint): void {
    const end = this.#position + length;
    if (end <= this.#end) return;
    const reason = this.#end === POSITION_MAX || end > POSITION_MAX ? 'File too large' : 'No space left on device';
    throw errors.systemError(`cannot write to stream: ${reason}`, ErrorDomain.STREAMS);
  }

  async #performing(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      throw systemFailure(`cannot write to '${this.#path}'`, error);
    }
  }

  #advance(length: bigint): void {
    this.#position += length;
    if (!this.#isDevice && this.#position > this.#size) this.#size = this.#position;
  }

  finish(): Promise<void> {
    return closeFile(this.#fd);
  }

  async abort(): Promise<void> {
    await this.#writing?.catch(() => null);
    await closeFile(this.#fd);
  }
}

function writeAll(fd: number, data: Buffer, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const next = (done: number): void => {
      write(fd, data, done, data.length - done, position + done, (error, count) => {
        if (error !== null) reject(error);
        else if (done + count < data.length) next(done + count);
        else resolve();
      });
    };
    next(0);
  });
}
