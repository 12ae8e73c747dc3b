import { constants } from 'node:os';
import { CHUNK, fileRequests, type RequestType } from './file-requests.ts';
import type { GuestFile } from './guest.ts';
import { GuestRequestFailed } from './request-failed.ts';

/** How a session is asked. */
export type Ask = <Args, Result>(request: RequestType<Args, Result>, args: Args) => Promise<Result>;

/** A file that a session has open. Once it is closed, its handle may be another's. */
export class OpenFile implements GuestFile {
  readonly #ask: Ask;
  readonly #handle: number;
  #closed = false;

  constructor(ask: Ask, handle: number) {
    this.#ask = ask;
    this.#handle = handle;
  }

  async read(count: number): Promise<Buffer> {
    const { buffer, byteOffset, length } = await this.#ask(fileRequests.read, {
      handle: this.#opened(),
      count: Math.min(count, CHUNK),
    });
    return Buffer.from(buffer, byteOffset, length);
  }

  async write(data: Buffer): Promise<number> {
    return await this.#ask(fileRequests.write, { handle: this.#opened(), data: data.subarray(0, CHUNK) });
  }

  async seek(offset: bigint, whence: number): Promise<bigint> {
    return await this.#ask(fileRequests.seek, { handle: this.#opened(), offset, whence });
  }

  async flush(): Promise<void> {
    await this.#ask(fileRequests.flush, { handle: this.#opened() });
  }

  async close(): Promise<void> {
    const handle = this.#opened();
    this.#closed = true;
    await this.#ask(fileRequests.close, { handle });
  }

  #opened(): number {
    if (this.#closed) throw new GuestRequestFailed('handle', null, constants.errno.EBADF);
    return this.#handle;
  }
}
