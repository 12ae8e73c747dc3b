import type { ServerLimits } from './limits.ts';

interface Waiting {
  readonly source: string;
  refuse(): void;
}

/**
 * Those that have connected and whose turn has not come. When there are too many, the last ones go of the source that has
 * most of them here.
 */
export class WaitingRoom<T extends Waiting> {
  readonly #limits: Pick<ServerLimits, 'maxQueuedClients'>;
  /** By source; none is empty. Whose turn has been longest ago is first. */
  readonly #queues = new Map<string, T[]>();
  #size = 0;

  constructor(limits: Pick<ServerLimits, 'maxQueuedClients'>) {
    this.#limits = limits;
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

  /** Takes the first one of the source with the least `rank`, among those that are `eligible`. */
  next(eligible: (source: string) => boolean, rank: (source: string) => number): T | null {
    let best: string | null = null;
    for (const source of this.#queues.keys())
      if (eligible(source) && (best === null || rank(source) < rank(best))) best = source;
    return best === null ? null : this.#take(best);
  }

  #take(source: string): T | null {
    const queue = this.#queues.get(source) ?? [];
    const first = queue.shift();
    this.#queues.delete(source);
    if (queue.length > 0) this.#queues.set(source, queue);
    if (first === undefined) return null;
    this.#size -= 1;
    return first;
  }

  /** Everybody, and then nobody is left. */
  clear(): T[] {
    const all = [...this.#queues.values()].flat();
    this.#queues.clear();
    this.#size = 0;
    return all;
  }
}
