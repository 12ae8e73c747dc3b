/** How long an event may lie in the kernel's socket while somebody wants to hear of it; milliseconds. */
const INTERVAL = 100;

/** Looks for events while anybody wants to hear of them. */
export class EventPoll {
  readonly #look: () => Promise<unknown>;
  readonly #failed: (error: unknown) => void;
  #listeners = 0;
  #timer: NodeJS.Timeout | null = null;

  /** `look` finds out and emits. */
  constructor(look: () => Promise<unknown>, failed: (error: unknown) => void) {
    this.#look = look;
    this.#failed = failed;
  }

  /** Returns what ends it; calling that again does nothing. */
  listen(): () => void {
    this.#listeners += 1;
    this.#plan();
    let listening = true;
    return () => {
      if (listening) this.#listeners -= 1;
      listening = false;
    };
  }

  close(): void {
    this.#listeners = 0;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #plan(): void {
    if (this.#listeners === 0 || this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#look()
        .catch((error: unknown) => this.#failed(error))
        .finally(() => {
          this.#timer = null;
          this.#plan();
        })
        .catch(() => {});
    }, INTERVAL);
    this.#timer.unref();
  }
}
