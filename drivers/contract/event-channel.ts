import type { EventSource } from './events.ts';

/** Where a driver puts its events. Listeners get each in the turn it was emitted, in the order they subscribed. */
export class EventChannel<E> implements EventSource<E> {
  readonly #listeners = new Set<(event: E) => void>();

  subscribe(listener: (event: E) => void): () => void {
    // Each subscription is its own, also when a listener subscribes twice.
    const own = (event: E): void => listener(event);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  emit(event: E): void {
    for (const listener of this.#listeners) listener(event);
  }
}
