import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const DEADLINE = 30_000;
const PAUSE = 5;

/** A user who has a console open. */
export class ConsoleReader {
  readonly #fd: number;
  readonly #chunk = Buffer.alloc(65_536);
  #text = '';

  constructor(path: string) {
    this.#fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  }

  /** All that was read so far, a character for each byte. */
  get text(): string {
    return this.#text;
  }

  /** Reads what is there; returns how much that was. */
  read(): number {
    try {
      const length = readSync(this.#fd, this.#chunk);
      this.#text += this.#chunk.toString('latin1', 0, length);
      return length;
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'EAGAIN' || error.code === 'EIO')) return 0;
      throw error;
    }
  }

  /** Reads until `enough` says so of all that has come. */
  async until(enough: (text: string) => boolean): Promise<string> {
    const deadline = Date.now() + DEADLINE;
    while (!enough(this.#text)) {
      if (Date.now() > deadline) throw new Error(`The console only said: ${JSON.stringify(this.#text.slice(-2000))}`);
      if (this.read() === 0) await sleep(PAUSE);
    }
    return this.#text;
  }

  /** A character for each byte. */
  write(text: string): void {
    writeSync(this.#fd, Buffer.from(text, 'latin1'));
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

/** Waits for something that is not told; for a generous while. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + DEADLINE;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`Not within ${DEADLINE} ms: ${what}`);
    await sleep(PAUSE);
  }
}
