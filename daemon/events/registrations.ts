import { ErrorDomain } from '../../drivers/contract/constants.ts';
import { errors } from '../../drivers/contract/error.ts';

/** One wish to hear of events of a kind, of one object or (null) of all. */
export interface Registration {
  readonly callbackId: number;
  readonly eventId: number;
  /** Its UUID, or the name of one that has none. */
  readonly object: string | null;
  /** Made by an old client, which reads the messages without a callback's number. */
  readonly legacy: boolean;
}

/** A client is one process; this many leave room for every kind and hundreds of domains, and bound what it costs us. */
const MAX_REGISTRATIONS = 4096;

/** What one client wants to hear. Errors are those of libvirt's daemon. */
export class Registrations {
  readonly #what: string;
  #registered: Registration[] = [];
  #nextCallbackId = 0;

  /** `what` the events are about, in messages. */
  constructor(what: string) {
    this.#what = what;
  }

  /** Throws invalidArg when the client has the same already, in either generation. */
  add(wish: Omit<Registration, 'callbackId'>): number {
    if (this.#registered.some(({ eventId, object }) => eventId === wish.eventId && object === wish.object))
      throw errors.invalidArg('event callback already tracked', ErrorDomain.NONE);
    if (this.#registered.length >= MAX_REGISTRATIONS)
      throw errors.internalError(`more than ${MAX_REGISTRATIONS} event callbacks`, ErrorDomain.RPC);
    const callbackId = this.#nextCallbackId;
    this.#nextCallbackId += 1;
    this.#registered.push({ ...wish, callbackId });
    return callbackId;
  }

  /** An old client names the kind: the first registration of it goes. */
  removeByEvent(eventId: number): void {
    if (!this.#remove(registration => registration.eventId === eventId))
      throw errors.internalError(`${this.#what} event ${eventId} not registered`, ErrorDomain.RPC);
  }

  removeByCallback(callbackId: number): void {
    if (!this.#remove(registration => registration.callbackId === callbackId))
      throw errors.internalError(`${this.#what} event callback ${callbackId} not registered`, ErrorDomain.RPC);
  }

  /** In the order they were made. */
  matching(eventId: number, object: string): Registration[] {
    return this.#registered.filter(
      registration =>
        registration.eventId === eventId && (registration.object === null || registration.object === object),
    );
  }

  #remove(isIt: (registration: Registration) => boolean): boolean {
    const at = this.#registered.findIndex(isIt);
    if (at < 0) return false;
    this.#registered = this.#registered.toSpliced(at, 1);
    return true;
  }
}
