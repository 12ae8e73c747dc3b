/** Something that waits for its turn. */
interface Job {
  start(): void;
}

/** Tells when whoever wants the work done has left, until the function that it returns is called. */
type Departure = (left: () => void) => () => void;

/**
 * Has slow work done for many who want it: only so much at once, for one source one thing at a time, and the sources take
 * turns. Whoever is slow, or asks for much, thus keeps nobody else waiting for long.
 */
export class Turns {
  readonly #atOnce: number;
  readonly #busy = new Set<string>();
  /** Sources in the order in which they have their next turns; each has something that waits. */
  readonly #waiting = new Map<string, Job[]>();

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** Resolves as `work` does, when its turn has come; rejects without it when its client has left before. */
  async run<T>(source: string, onDeparture: Departure, work: () => Promise<T>): Promise<T> {
    await this.#turn(source, onDeparture);
    try {
      return await work();
    } finally {
      this.#busy.delete(source);
      this.#next();
    }
  }

  #turn(source: string, onDeparture: Departure): Promise<void> {
    return new Promise((resolve, reject) => {
      const job: Job = {
        start() {
          stay();
          resolve();
        },
      };
      this.#waiting.set(source, [...(this.#waiting.get(source) ?? []), job]);
      // Called at once for one that has left already.
      const stay = onDeparture(() => {
        this.#remove(source, job);
        reject(new Error('the client has left'));
      });
      this.#next();
    });
  }

  #remove(source: string, job: Job): void {
    const left = (this.#waiting.get(source) ?? []).filter(each => each !== job);
    if (left.length > 0) this.#waiting.set(source, left);
    else this.#waiting.delete(source);
  }

  #next(): void {
    for (const [source, [job, ...others]] of this.#waiting) {
      if (this.#busy.size >= this.#atOnce) return;
      if (this.#busy.has(source) || job === undefined) continue;
      this.#busy.add(source);
      // Behind all others.
      this.#waiting.delete(source);
      if (others.length > 0) this.#waiting.set(source, others);
      job.start();
    }
  }
}
