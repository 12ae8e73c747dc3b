/** Ends a daemon that nobody needs: no client, and no running domain, for some time. */
export class IdleTimer {
  #milliseconds: number;
  readonly #isNeeded: () => boolean;
  readonly #expired: () => void;
  #timer: NodeJS.Timeout | null = null;

  /** `seconds` 0 never ends it. */
  constructor(seconds: number, isNeeded: () => boolean, expired: () => void) {
    this.#milliseconds = seconds * 1000;
    this.#isNeeded = isNeeded;
    this.#expired = expired;
  }

  /** From now on; the time starts anew. */
  set seconds(seconds: number) {
    this.#milliseconds = seconds * 1000;
    this.restart();
  }

  /** Somebody came, or left: the time starts anew. */
  restart(): void {
    this.stop();
    if (this.#milliseconds === 0) return;
    this.#timer = setTimeout(() => this.#elapsed(), this.#milliseconds);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #elapsed(): void {
    this.#timer = null;
    if (this.#isNeeded()) this.restart();
    else this.#expired();
  }
}
