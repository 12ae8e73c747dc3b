import type { Readable } from 'node:stream';
import type { GuestProcess } from '../../../../native/guest/guest.ts';

/**
 * How much of a program's output is kept, in bytes, of both streams together: a reply of libvirt's protocol holds a text
 * of 4 MiB, and base64 makes four bytes of three.
 */
export const OUTPUT_LIMIT = 3_000_000;

/** Room that a stream gets at first, in bytes. */
const INITIAL = 4096;

/** One stream of a program. */
export interface Output {
  readonly data: Buffer;
  /** There was more than is kept. */
  readonly truncated: boolean;
}

/** How a program has ended. */
export interface RunResult {
  readonly status: number | null;
  readonly signal: number | null;
  /** Null: was not captured. */
  readonly stdout: Output | null;
  readonly stderr: Output | null;
}

/** A program that a client has started in a guest, and what it has written so far. */
export class ProgramRun {
  readonly process: GuestProcess;
  /** Null while it runs, or while others hold its output open. */
  result: RunResult | null = null;
  /** When it was over; milliseconds of `performance.now`. */
  endedAt = Number.POSITIVE_INFINITY;
  readonly #room = { left: OUTPUT_LIMIT };

  constructor(process: GuestProcess) {
    this.process = process;
    const outputs = [collect(process.stdout, this.#room), collect(process.stderr, this.#room)] as const;
    void this.#finish(outputs);
  }

  async #finish([stdout, stderr]: readonly [Promise<Output | null>, Promise<Output | null>]): Promise<void> {
    const [out, err] = [await stdout, await stderr];
    const { status, signal } = await this.process.ended;
    this.result = { status, signal, stdout: out, stderr: err };
    this.endedAt = performance.now();
  }

  /** What it goes on to write is lost; it runs on. */
  abandon(): void {
    this.process.stdin?.destroy();
    this.process.stdout?.destroy();
    this.process.stderr?.destroy();
  }
}

/** Reads a stream to its end, and keeps what there is room for: a program never waits for a reader. */
function collect(stream: Readable | null, room: { left: number }): Promise<Output | null> {
  if (stream === null) return Promise.resolve(null);
  const { promise, resolve } = Promise.withResolvers<Output>();
  // In one piece: a program that writes byte by byte would have each kept in an object of its own.
  let kept = Buffer.alloc(INITIAL);
  let length = 0;
  let truncated = false;
  stream.on('data', (chunk: Buffer) => {
    const taken = Math.min(chunk.length, room.left);
    if (length + taken > kept.length)
      kept = Buffer.concat([kept], Math.min(OUTPUT_LIMIT, Math.max(2 * kept.length, length + taken)));
    length += chunk.copy(kept, length, 0, taken);
    room.left -= taken;
    truncated ||= taken < chunk.length;
  });
  stream.on('error', () => undefined);
  stream.on('close', () => resolve({ data: Buffer.from(kept.subarray(0, length)), truncated }));
  return promise;
}
