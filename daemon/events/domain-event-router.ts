import type { DomainEvent, EventSource } from '../../drivers/contract/events.ts';
import type { Log } from '../../drivers/contract/log.ts';
import type { ClientSession } from '../call.ts';
import type { DomainEventForms } from './domain-event-messages.ts';
import { domainEventForms } from './domain-event-messages.ts';
import type { EventGate } from './event-gate.ts';
import { Registrations } from './registrations.ts';

/** Carries a driver's events to the clients that asked for them, in the order the driver emits them. */
export class DomainEventRouter {
  readonly #clients = new Map<ClientSession, Registrations>();
  readonly #gate: EventGate;
  readonly #log: Log;
  readonly #unsubscribe: () => void;

  constructor(source: EventSource<DomainEvent>, gate: EventGate, log: Log) {
    this.#gate = gate;
    this.#log = log;
    this.#unsubscribe = source.subscribe(event => this.#deliver(event));
  }

  /** The client's wishes; they end with its connection. */
  registrationsOf(client: ClientSession): Registrations {
    const known = this.#clients.get(client);
    if (known !== undefined) return known;
    const registrations = new Registrations('domain');
    this.#clients.set(client, registrations);
    client.onClose(() => this.#clients.delete(client));
    return registrations;
  }

  close(): void {
    this.#unsubscribe();
    this.#clients.clear();
  }

  #deliver(event: DomainEvent): void {
    if (this.#clients.size === 0) return;
    const forms = domainEventForms(event);
    for (const [client, registrations] of this.#clients) this.#send(client, registrations, forms, event);
  }

  /** One client's trouble must not reach the driver, nor the next client. */
  #send(client: ClientSession, registrations: Registrations, forms: DomainEventForms, event: DomainEvent): void {
    try {
      for (const { legacy, callbackId } of registrations.matching(forms.eventId, event.domain.uuid)) {
        const outgoing = legacy ? forms.legacy : forms.callback(callbackId);
        if (outgoing === undefined) continue;
        this.#gate.pass(client, 'domain', event.domain, () => client.sendEvent(outgoing));
      }
    } catch (error) {
      this.#log.error({ err: error, client: client.id, kind: event.kind }, 'Cannot send an event');
    }
  }
}
