export interface KeepaliveSettings {
  /** Seconds of silence after which the client is pinged; 0 or less never pings. */
  readonly interval: number;
  /** Pings that may stay without an answer. */
  readonly count: number;
}

/** In ms: Node fires one that is longer at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

export interface KeepaliveActions {
  ping(): void;
  /** `seconds` is how long nothing has been heard. */
  dead(seconds: number): void;
  /** While the server itself does not read from the client, its silence proves nothing. */
  isDeaf(): boolean;
}

/** Pings a silent client, and gives it up after `count` pings without a byte from it. */
export class Keepalive {
  readonly #settings: KeepaliveSettings;
  readonly #actions: KeepaliveActions;
  #timer: NodeJS.Timeout | null = null;
  #heard = false;
  #unanswered = 0;

  constructor(settings: KeepaliveSettings, actions: KeepaliveActions) {
    this.#settings = settings;
    this.#actions = actions;
  }

  /** Begins once the client has said that it understands pings; beginning again changes nothing. */
  start(): void {
    if (this.#timer !== null || this.#settings.interval <= 0) return;
    this.#timer = setInterval(() => this.#tick(), Math.min(this.#settings.interval * 1000, LONGEST_TIMER));
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Any byte from the client proves that it lives, also a part of a message. */
  heard(): void {
    this.#heard = true;
  }

  #tick(): void {
    if (this.#heard || this.#actions.isDeaf()) this.#unanswered = 0;
    else if (this.#unanswered >= this.#settings.count) return this.#giveUp();
    else this.#unanswered += 1;
    if (!this.#heard) this.#actions.ping();
    this.#heard = false;
  }

  #giveUp(): void {
    this.stop();
    this.#actions.dead(this.#settings.interval * (this.#settings.count + 1));
  }
}
