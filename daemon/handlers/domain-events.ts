import { DomainEventID, ErrorDomain } from '../../drivers/contract/constants.ts';
import { errors } from '../../drivers/contract/error.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { domainEventCallbackProcedures } from '../../protocol/programs/remote/domain-event-callback.ts';
import type { domainEventProcedures } from '../../protocol/programs/remote/domain-event.ts';
import type { Call } from '../call.ts';
import { LAST_EVENT_ID, LAST_LEGACY_EVENT_ID } from '../events/domain-event-messages.ts';
import type { DomainEventRouter } from '../events/domain-event-router.ts';

/** Both generations of asking for events: by kind, and by callback. */
export function domainEventHandlers(router: DomainEventRouter) {
  return {
    connectDomainEventRegister({ client }) {
      router.registrationsOf(client).add({ eventId: DomainEventID.LIFECYCLE, object: null, legacy: true });
      return { cbRegistered: 0 };
    },
    connectDomainEventDeregister({ client }) {
      router.registrationsOf(client).removeByEvent(DomainEventID.LIFECYCLE);
      return { cbRegistered: 0 };
    },
    connectDomainEventRegisterAny({ client }, { eventID }) {
      requireEventId(eventID, LAST_LEGACY_EVENT_ID);
      router.registrationsOf(client).add({ eventId: eventID, object: null, legacy: true });
    },
    connectDomainEventDeregisterAny({ client }, { eventID }) {
      requireEventId(eventID, LAST_EVENT_ID);
      router.registrationsOf(client).removeByEvent(eventID);
    },
    connectDomainEventCallbackRegisterAny({ client }, { eventID, dom }) {
      requireEventId(eventID, LAST_EVENT_ID);
      const wish = { eventId: eventID, object: dom?.uuid ?? null, legacy: false };
      return { callbackID: router.registrationsOf(client).add(wish) };
    },
    connectDomainEventCallbackDeregisterAny({ client }, { callbackID }) {
      router.registrationsOf(client).removeByCallback(callbackID);
    },
  } satisfies Handlers<typeof domainEventProcedures & typeof domainEventCallbackProcedures, Call>;
}

function requireEventId(eventId: number, last: number): void {
  if (eventId < 0 || eventId > last) throw errors.internalError(`unsupported event ID ${eventId}`, ErrorDomain.RPC);
}
