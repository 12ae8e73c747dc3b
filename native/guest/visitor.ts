import type { Socket } from 'node:net';
import { constants } from 'node:os';
import type { Schema } from '../../protocol/xdr/index.ts';
import { reap } from '../ffi/posix-spawn.ts';
import { onMessage } from '../launch/message-stream.ts';
import { decodeAnswer } from './answer.ts';
import { GuestRequestFailed } from './request-failed.ts';

/** Bytes of an answer: `ANSWER_SIZE` in controller/visitor/answer.h, and its head. */
const ANSWER_LIMIT = (1 << 17) + 1024;
/** Milliseconds between looks at a visitor that is about to end: at first, and at most. */
const REAP_INTERVAL = { first: 10, last: 1000 };

const { EPIPE, ETIMEDOUT } = constants.errno;

interface Waiting {
  /** How long the answer may take once all before it are there, in ms; null: as long as it likes. */
  readonly limit: number | null;
  readonly settle: (body: Buffer) => void;
  readonly reject: (error: unknown) => void;
}

/** A process that works in a container: what it is sent, and what it answers, in order. It lives until `end`. */
export class Visitor {
  readonly #socket: Socket;
  readonly #pid: number;
  readonly #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | null = null;
  #reaped = false;
  #failure: GuestRequestFailed | null = null;

  constructor(socket: Socket, pid: number) {
    this.#socket = socket;
    this.#pid = pid;
    onMessage(socket, body => this.#receive(body), ANSWER_LIMIT);
    /* 'close' follows. */
    socket.on('error', () => {});
    socket.on('close', () => this.#lose());
  }

  /** Sends a document and takes the answer to it: see `answer`. */
  ask<T>(document: Buffer, schema: Schema<T>, limit: number | null): Promise<T> {
    this.send(document);
    return this.answer(schema, limit);
  }

  send(document: Buffer): void {
    this.#socket.write(document);
  }

  /**
   * The next answer that nobody waits for yet. Rejects with GuestRequestFailed: ETIMEDOUT when it takes longer than
   * `limit` ms (the visitor is killed, and what others wait for fails likewise), EPIPE when the visitor has ended.
   */
  answer<T>(schema: Schema<T>, limit: number | null): Promise<T> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const settle = (body: Buffer): void => {
      try {
        resolve(decodeAnswer(schema, body));
      } catch (error) {
        reject(error);
      }
    };
    this.#waiting.push({ limit, settle, reject });
    if (this.#waiting.length === 1) this.#watch();
    return promise;
  }

  /** Closes the connection, which ends it; one that still owes an answer is killed, since it may be held up for ever. */
  end(): void {
    if (this.#waiting.length > 0) return this.kill();
    this.#socket.destroy();
  }

  /** Ends it and the children that it works with, whatever they wait for; not a guest's program that it started. */
  kill(): void {
    this.#socket.destroy();
    if (this.#reaped) return;
    try {
      process.kill(-this.#pid, 'SIGKILL');
    } catch {
      // There is no such group any more.
    }
  }

  #receive(body: Buffer): void {
    const first = this.#waiting.shift();
    if (first === undefined) return this.kill();
    this.#watch();
    first.settle(body);
  }

  #watch(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const [first] = this.#waiting;
    this.#timer = null;
    if (first === undefined || first.limit === null) return;
    // A loop that was busy meanwhile gets to read what has come before it is held against the visitor.
    this.#timer = setTimeout(() => setImmediate(() => this.#expire(first)), first.limit);
  }

  #expire(late: Waiting): void {
    if (this.#waiting[0] !== late) return;
    this.#fail(new GuestRequestFailed('visitor', null, ETIMEDOUT));
    this.kill();
  }

  #lose(): void {
    this.#fail(new GuestRequestFailed('visitor', null, EPIPE));
    this.#reap(REAP_INTERVAL.first);
  }

  #fail(failure: GuestRequestFailed): void {
    this.#failure ??= failure;
    const waiting = this.#waiting.splice(0);
    this.#watch();
    for (const { reject } of waiting) reject(this.#failure);
  }

  /** It is our child, and nobody else waits for it. */
  #reap(delay: number): void {
    if (reap(this.#pid) !== null) {
      this.#reaped = true;
      return;
    }
    setTimeout(() => this.#reap(Math.min(2 * delay, REAP_INTERVAL.last)), delay).unref();
  }
}
