import { DomainEventID } from '../../drivers/contract/constants.ts';
import type { DomainEvent } from '../../drivers/contract/events.ts';
import type { EventMessage, EventName } from '../../protocol/procedure.ts';
import type { remote } from '../../protocol/programs/remote.ts';
import type { OutgoingEvent } from '../call.ts';

type Table = typeof remote.procedures;

/** Ties a message to the procedure that carries it: a wrong field does not compile. */
const message = <Name extends EventName<Table>>(
  procedure: Name,
  message: EventMessage<Table, Name>,
): OutgoingEvent => ({
  program: 'remote',
  procedure,
  message,
});

/** An event in the forms that clients of both generations read. */
export interface DomainEventForms {
  /** What a client registers for. */
  readonly eventId: number;
  /** To clients that registered by kind; absent for kinds that came after that form. */
  readonly legacy?: OutgoingEvent;
  /** To clients that registered a callback. */
  callback(callbackID: number): OutgoingEvent;
}

/** The last kind that has a legacy message. */
export const LAST_LEGACY_EVENT_ID = DomainEventID.DEVICE_REMOVED;
export const LAST_EVENT_ID = DomainEventID.MEMORY_DEVICE_SIZE_CHANGE;

/** Every kind of event that drivers emit, and how it is told. */
export function domainEventForms(event: DomainEvent): DomainEventForms {
  const dom = event.domain;
  switch (event.kind) {
    case 'lifecycle': {
      const msg = { dom, event: event.event, detail: event.detail };
      return {
        eventId: DomainEventID.LIFECYCLE,
        legacy: message('domainEventLifecycle', msg),
        callback: callbackID => message('domainEventCallbackLifecycle', { callbackID, msg }),
      };
    }
    case 'reboot':
      return {
        eventId: DomainEventID.REBOOT,
        legacy: message('domainEventReboot', { dom }),
        callback: callbackID => message('domainEventCallbackReboot', { callbackID, msg: { dom } }),
      };
    case 'balloonChange': {
      const msg = { dom, actual: event.actual };
      return {
        eventId: DomainEventID.BALLOON_CHANGE,
        legacy: message('domainEventBalloonChange', msg),
        callback: callbackID => message('domainEventCallbackBalloonChange', { callbackID, msg }),
      };
    }
    case 'tunable': {
      const params = [...event.params];
      return {
        eventId: DomainEventID.TUNABLE,
        callback: callbackID => message('domainEventCallbackTunable', { callbackID, dom, params }),
      };
    }
    case 'deviceRemoved': {
      const msg = { dom, devAlias: event.alias };
      return {
        eventId: DomainEventID.DEVICE_REMOVED,
        legacy: message('domainEventDeviceRemoved', msg),
        callback: callbackID => message('domainEventCallbackDeviceRemoved', { callbackID, msg }),
      };
    }
    case 'deviceRemovalFailed': {
      const { alias } = event;
      return {
        eventId: DomainEventID.DEVICE_REMOVAL_FAILED,
        callback: callbackID => message('domainEventCallbackDeviceRemovalFailed', { callbackID, dom, devAlias: alias }),
      };
    }
    case 'deviceAdded': {
      const { alias } = event;
      return {
        eventId: DomainEventID.DEVICE_ADDED,
        callback: callbackID => message('domainEventCallbackDeviceAdded', { callbackID, dom, devAlias: alias }),
      };
    }
  }
  const { type, nsuri } = event;
  return {
    eventId: DomainEventID.METADATA_CHANGE,
    callback: callbackID => message('domainEventCallbackMetadataChange', { callbackID, dom, type, nsuri }),
  };
}
