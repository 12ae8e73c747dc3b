import type { ServerLimits } from './limits.ts';

/** Of each of these sockets, whether its client has given up. */
export type HaveHungUp = (sockets: readonly number[]) => readonly boolean[];

interface Waiting {
  readonly source: string;
  /** Its descriptor. */
  readonly socket: number;
  refuse(): void;
  /** It has gone: nobody is told. */
  forget(): void;
}

/**
 * Those that have connected and whose turn has not come. When there are too many, the last ones go of the source that has
 * most of them here.
 */
export class WaitingRoom<T extends Waiting> {
  readonly #limits: Pick<ServerLimits, 'maxQueuedClients'>;
  readonly #haveHungUp: HaveHungUp;
  /** By source; none is empty. Whose turn has been longest ago is first. */
  readonly #queues = new Map<string, T[]>();
  #size = 0;

  constructor(limits: Pick<ServerLimits, 'maxQueuedClients'>, haveHungUp: HaveHungUp) {
    this.#limits = limits;
    this.#haveHungUp = haveHungUp;
  }

  get size(): number {
    return this.#size;
  }

  add(newcomer: T): void {
    const { source } = newcomer;
    const queue = this.#queues.get(source);
    if (queue === undefined) this.#queues.set(source, [newcomer]);
    else queue.push(newcomer);
    this.#size += 1;
    if (this.#size > Math.max(1, this.#limits.maxQueuedClients)) this.#refuseOne();
  }

  #refuseOne(): void {
    let [longest]: (T[] | undefined)[] = [];
    for (const queue of this.#queues.values()) if (queue.length > (longest?.length ?? 0)) longest = queue;
    const last = longest?.pop();
    if (last === undefined) return;
    this.#size -= 1;
    if (longest?.length === 0) this.#queues.delete(last.source);
    last.refuse();
  }

  some(wanted: (source: string) => boolean): boolean {
    for (const source of this.#queues.keys()) if (wanted(source)) return true;
    return false;
  }

  /** Takes the first one of the source with the least `rank`, among those that are `eligible`. Who has gone has no turn. */
  next(eligible: (source: string) => boolean, rank: (source: string) => number): T | null {
    for (;;) {
      let best: string | null = null;
      for (const source of this.#queues.keys())
        if (eligible(source) && (best === null || rank(source) < rank(best))) best = source;
      if (best === null) return null;
      const first = this.#take(best);
      if (first !== null) return first;
    }
  }

  /** The first one that is still there. */
  #take(source: string): T | null {
    const queue = this.#queues.get(source) ?? [];
    const here = queue.findIndex(newcomer => !this.#isGone(newcomer));
    const taken = queue.splice(0, here < 0 ? queue.length : here + 1);
    this.#size -= taken.length;
    this.#queues.delete(source);
    if (queue.length > 0) this.#queues.set(source, queue);
    const first = here < 0 ? null : (taken.pop() ?? null);
    for (const gone of taken) gone.forget();
    return first;
  }

  #isGone({ socket }: T): boolean {
    return this.#haveHungUp([socket])[0] === true;
  }

  /** Lets go of those that have gone, so that they take no room from others. */
  forgetGone(): void {
    for (const [source, queue] of this.#queues) {
      const gone = this.#haveHungUp(queue.map(({ socket }) => socket));
      const here = queue.filter((_, index) => gone[index] !== true);
      for (const [index, newcomer] of queue.entries()) if (gone[index] === true) newcomer.forget();
      this.#size -= queue.length - here.length;
      if (here.length === 0) this.#queues.delete(source);
      else this.#queues.set(source, here);
    }
  }

  /** Everybody, and then nobody is left. */
  clear(): T[] {
    const all = [...this.#queues.values()].flat();
    this.#queues.clear();
    this.#size = 0;
    return all;
  }
}
