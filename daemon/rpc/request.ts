import type { Header } from '../../protocol/header.ts';
import type { Served } from '../logging/served.ts';
import type { Route } from './programs.ts';

/** A call as the log names it. Things that the call has begun may keep it for as long as they live: it holds nothing that is large. */
export class Request implements Served {
  readonly header: Header;
  readonly #letter: string;
  readonly #client: number;
  /** Null until it is known, and when there is no such procedure. */
  route: Route | null = null;
  ended = false;
  /** By performance.now(); null when nobody wants to know. */
  began: number | null = null;

  /** `letter` tells the clients of one server from those of another. */
  constructor(letter: string, client: number, header: Header) {
    this.#letter = letter;
    this.#client = client;
    this.header = header;
  }

  /** The serial is the client's own choice: nothing keeps it from using one twice. */
  get id(): string {
    return `${this.#letter}${this.#client}.${this.header.serial}`;
  }

  /** By its name, or its number where it has none. */
  get procedure(): string {
    return this.route?.name ?? String(this.header.procedure);
  }
}
