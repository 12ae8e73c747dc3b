import { haveHungUp } from '../../native/ffi/hung-up.ts';
import type { ServerLimits } from './limits.ts';
import { Pace } from './pace.ts';
import { Shares } from './shares.ts';
import { type HaveHungUp, WaitingRoom } from './waiting-room.ts';

/** How long the only stranger of a source may be silent while others wait for its place, in ms; one of two half as long… */
const PATIENCE_MS = 10_000;
/** How often strangers are looked at while others wait, in ms. */
const TICK_MS = 100;

/** Somebody who has connected. */
export interface Newcomer {
  /** Who is behind it, as far as that is known: a user of this host, or a host. */
  readonly source: string;
  /** Its descriptor. */
  readonly socket: number;
  /** What it costs when it has come in vain. */
  readonly cost: number;
  /** There is a place for it. */
  enter(place: Place): void;
  /** There is none, and too many wait. */
  refuse(): void;
  /** It has gone while it waited, which has cost nothing. */
  forget(): void;
}

/** Whoever has a place. */
export interface Guest {
  /** It waits for us, not we for it. */
  isBusy(): boolean;
  evict(): void;
}

/** Among those that have not authenticated yet. Given back once. */
export interface Place {
  readonly source: string;
  /** Tells who is at it from now on. */
  occupy(guest: Guest): void;
  /** Its client has authenticated, or has gone. */
  leave(why: 'authenticated' | 'gone'): void;
}

interface Seat extends Place {
  guest: Guest | null;
  /** When its guest came, in ms. */
  since: number;
}

interface Doorkeeper {
  readonly limits: Pick<ServerLimits, 'maxAnonymousClients' | 'maxQueuedClients' | 'strangerMs'>;
  /** Whether there is room for any more clients of the source. */
  mayEnter(source: string): boolean;
  /** In ms. */
  readonly now?: () => number;
  readonly haveHungUp?: HaveHungUp;
}

/**
 * The places of those that have connected and not authenticated. One source has half of them at most, so that it keeps nobody
 * else out; of those that wait, the source that has the fewest places is next. While somebody waits, whoever is silent has to
 * go: of the sources with the most places the one that came first, and the sooner the more places these have.
 */
export class Strangers {
  readonly #door: Doorkeeper;
  readonly #now: () => number;
  readonly #pace: Pace;
  readonly #waiting: WaitingRoom<Newcomer>;
  /** Who came first is first. */
  readonly #seats = new Set<Seat>();
  readonly #shares = new Shares();
  #timer: NodeJS.Timeout | null = null;
  #looking = false;
  #closed = false;

  constructor(door: Doorkeeper) {
    this.#door = door;
    this.#now = door.now ?? (() => performance.now());
    this.#pace = new Pace(this.#now);
    this.#waiting = new WaitingRoom(door.limits, door.haveHungUp ?? haveHungUp);
  }

  /** Those that have places. */
  get size(): number {
    return this.#seats.size;
  }

  arrive(newcomer: Newcomer): void {
    if (this.#closed) return newcomer.refuse();
    this.#waiting.add(newcomer);
    this.admit();
    // Behind all that has come by now: one that has spoken meanwhile is not silent.
    if (this.#waiting.size > 0 && !this.#looking) {
      this.#looking = true;
      setImmediate(() => this.#look());
    }
  }

  /** Lets in whoever may, for instance since there are fewer clients. */
  admit(): void {
    while (!this.#closed) {
      const newcomer = this.#waiting.next(
        source => this.#door.mayEnter(source) && this.#mayHaveSeat(source),
        source => this.#shares.of(source),
      );
      if (newcomer === null) return;
      newcomer.enter(this.#seat(newcomer));
    }
  }

  /** Nobody else gets in. */
  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const newcomer of this.#waiting.clear()) newcomer.refuse();
  }

  #mayHaveSeat(source: string): boolean {
    const { maxAnonymousClients: most } = this.#door.limits;
    return this.#seats.size < most && this.#shares.of(source) < Math.ceil(most / 2) && !this.#pace.mustWait(source);
  }

  #seat({ source, cost }: Newcomer): Seat {
    const seat: Seat = {
      source,
      guest: null,
      since: this.#now(),
      occupy: guest => {
        seat.guest = guest;
        seat.since = this.#now();
      },
      leave: why => {
        if (!this.#seats.delete(seat)) return;
        this.#shares.remove(source);
        if (why === 'gone') this.#pace.charge(source, cost);
        this.admit();
      },
    };
    this.#seats.add(seat);
    this.#shares.add(source);
    return seat;
  }

  /** While somebody waits, looks for those that have been silent for too long, again and again. */
  #look(): void {
    this.#looking = false;
    if (this.#closed) return;
    this.#waiting.forgetGone();
    this.admit();
    for (let seat = this.#silent(); seat !== null; seat = this.#silent()) {
      seat.guest?.evict();
      seat.leave('gone');
    }
    if (this.#waiting.size === 0 || this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      // What has come while the event loop was held up is to be read first.
      this.#looking = true;
      setImmediate(() => this.#look());
    }, TICK_MS);
  }

  /** Whose place somebody else needs. Null: nobody's, or none has been silent for long enough. */
  #silent(): Seat | null {
    const { strangerMs } = this.#door.limits;
    const needs = (source: string): boolean =>
      this.#door.mayEnter(source) && !this.#mayHaveSeat(source) && !this.#pace.mustWait(source);
    if (!this.#waiting.some(needs)) return null;
    const { most } = this.#shares;
    const patience = Math.min(PATIENCE_MS / most, strangerMs);
    for (const seat of this.#seats) {
      if (
        this.#shares.of(seat.source) === most &&
        this.#now() - seat.since > (seat.guest?.isBusy() === true ? strangerMs : patience)
      )
        return seat;
    }
    return null;
  }
}
