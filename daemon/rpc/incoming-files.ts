import { closeQuietly } from '../../native/ffi/libc.ts';
import { receiveDescriptor } from '../../native/ffi/socket-messages.ts';
import { FILES_WAIT_MS } from './limits.ts';

/** How long to wait for a descriptor that is not there yet, in ms: nobody tells when it comes while Node does not read. */
const RETRY_MS = 1;

/** Collects the descriptors that follow one message. */
export class IncomingFiles {
  readonly #fd: number | null;
  readonly #retry: () => void;
  #files: number[] = [];
  #deadline = 0;
  #timer: NodeJS.Timeout | null = null;

  /** `fd` is null where no descriptors can come. `retry` is called when it is time to ask again. */
  constructor(fd: number | null, retry: () => void) {
    this.#fd = fd;
    this.#retry = retry;
  }

  /** All `count` of them, or null: ask again. Throws when something else comes, or nothing for too long. */
  collect(count: number): readonly number[] | null {
    while (this.#files.length < count) {
      if (this.#fd === null) throw new Error('descriptors from a client whose connection carries none');
      const file = receiveDescriptor(this.#fd);
      if (file === null) return this.#later();
      this.#files.push(file);
    }
    const files = this.#files;
    this.#files = [];
    this.#deadline = 0;
    return files;
  }

  #later(): null {
    const now = Date.now();
    if (this.#deadline === 0) this.#deadline = now + FILES_WAIT_MS;
    if (now > this.#deadline) throw new Error('Descriptors that a message announced have not come');
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#retry();
    }, RETRY_MS);
    return null;
  }

  /** The connection has ended. */
  discard(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#files.forEach(closeQuietly);
    this.#files = [];
  }
}
