import { failed } from '../errors.ts';
import { answers } from './mount.ts';

/** For how long an answer counts, in ms: one for each call would cost a process for each volume that is listed. */
const GOOD_FOR = 1_000;
/** A server that did not answer is not asked again by every call that comes. */
const SILENT_FOR = 5_000;
/** How many calls may be on their way to servers: each can hold one of the four threads that do all of the daemon's work on files. */
const CALLS_MAX = 2;
/** How long another call waits for these, in ms. */
const PATIENCE = 10_000;

interface Answer {
  readonly good: Promise<boolean>;
  /** In ms, of `performance.now()`; how long it counts is known once it is there. */
  until: number;
}

/**
 * Keeps the daemon from waiting for servers of file systems: a thread that looks at a file of one that does not answer
 * waits for ever, and nobody can take it back.
 */
export class AnsweringServers {
  readonly #answers = new Map<string, Answer>();
  readonly #waiting: (() => void)[] = [];
  readonly #patience: number;
  #calls = 0;

  constructor({ patience = PATIENCE }: { readonly patience?: number } = {}) {
    this.#patience = patience;
  }

  /** Throws operationFailed when the file system at `path` does not answer. */
  async require(path: string): Promise<void> {
    if (!(await this.#answer(path).good)) throw silent(path);
  }

  /** A short call that looks at files at `path`. Throws operationFailed as well when too many others wait for theirs. */
  async call<T>(path: string, work: () => Promise<T>): Promise<T> {
    await this.require(path);
    await this.#enter(path);
    try {
      return await work();
    } finally {
      this.#calls--;
      this.#waiting.shift()?.();
    }
  }

  #answer(path: string): Answer {
    const known = this.#answers.get(path);
    if (known !== undefined && performance.now() < known.until) return known;
    const asked: Answer = { good: answers(path), until: Infinity };
    void asked.good.then(good => (asked.until = performance.now() + (good ? GOOD_FOR : SILENT_FOR)));
    this.#answers.set(path, asked);
    return asked;
  }

  async #enter(path: string): Promise<void> {
    const end = performance.now() + this.#patience;
    while (this.#calls >= CALLS_MAX) {
      const left = end - performance.now();
      if (left <= 0) throw silent(path);
      await this.#place(left);
    }
    this.#calls++;
  }

  /** Until a call ends, or some ms have passed. */
  #place(left: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      this.#waiting.splice(this.#waiting.indexOf(done), 1);
      resolve();
    }, left);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    this.#waiting.push(done);
    return promise;
  }
}

const silent = (path: string): Error => failed(`the file system at '${path}' does not answer`);
