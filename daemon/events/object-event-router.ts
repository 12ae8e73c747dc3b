import { ErrorDomain } from '../../drivers/contract/constants.ts';
import { errors } from '../../drivers/contract/error.ts';
import type { EventSource } from '../../drivers/contract/events.ts';
import type { Log } from '../../drivers/contract/log.ts';
import type { ClientSession, OutgoingEvent } from '../call.ts';
import type { EventGate } from './event-gate.ts';
import { Registrations } from './registrations.ts';

/** An event of a network, a pool, a device or a secret, as clients read it. */
export interface ObjectEventForm {
  /** What a client registers for. */
  readonly eventId: number;
  /** The object that it is about: its UUID, or its name where it has none. */
  readonly key: string;
  /** The reference to it. */
  readonly object: unknown;
  callback(callbackID: number): OutgoingEvent;
}

/** The events of one kind of object. */
export interface ObjectEventKind<E> {
  /** In messages: "network". */
  readonly what: string;
  /** In permissions: "storage_pool". */
  readonly object: string;
  readonly lastEventId: number;
  form(event: E): ObjectEventForm;
}

/** Carries one driver's events to the clients that registered a callback, in the order the driver emits them. */
export class ObjectEventRouter<E> {
  readonly #kind: ObjectEventKind<E>;
  readonly #clients = new Map<ClientSession, Registrations>();
  readonly #gate: EventGate;
  readonly #log: Log;
  readonly #unsubscribe: () => void;

  constructor(kind: ObjectEventKind<E>, source: EventSource<E>, gate: EventGate, log: Log) {
    this.#kind = kind;
    this.#gate = gate;
    this.#log = log;
    this.#unsubscribe = source.subscribe(event => this.#deliver(event));
  }

  /** `key` null asks for all objects. Returns the callback's number. Throws as libvirt's daemon does. */
  register(client: ClientSession, eventId: number, key: string | null): number {
    const { lastEventId, what } = this.#kind;
    if (eventId < 0 || eventId > lastEventId)
      throw errors.internalError(`unsupported ${what} event ID ${eventId}`, ErrorDomain.RPC);
    return this.#registrationsOf(client).add({ eventId, object: key, legacy: false });
  }

  deregister(client: ClientSession, callbackId: number): void {
    this.#registrationsOf(client).removeByCallback(callbackId);
  }

  close(): void {
    this.#unsubscribe();
    this.#clients.clear();
  }

  #registrationsOf(client: ClientSession): Registrations {
    const known = this.#clients.get(client);
    if (known !== undefined) return known;
    const registrations = new Registrations(this.#kind.what);
    this.#clients.set(client, registrations);
    client.onClose(() => this.#clients.delete(client));
    return registrations;
  }

  #deliver(event: E): void {
    if (this.#clients.size === 0) return;
    const form = this.#kind.form(event);
    for (const [client, registrations] of this.#clients) this.#send(client, registrations, form);
  }

  /** One client's trouble must not reach the driver, nor the next client. */
  #send(client: ClientSession, registrations: Registrations, form: ObjectEventForm): void {
    try {
      for (const { callbackId } of registrations.matching(form.eventId, form.key))
        this.#gate.pass(client, this.#kind.object, form.object, () => client.sendEvent(form.callback(callbackId)));
    } catch (error) {
      this.#log.error({ err: error, client: client.id, kind: this.#kind.what }, 'Cannot send an event');
    }
  }
}
