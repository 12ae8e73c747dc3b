import {
  DomainEventDefinedDetailType as Defined,
  DomainEventResumedDetailType as Resumed,
  DomainEventStartedDetailType as Started,
  DomainEventStoppedDetailType as Stopped,
  DomainEventSuspendedDetailType as Suspended,
  DomainEventType as Type,
  DomainEventUndefinedDetailType as Undefined,
} from '../contract/constants.ts';
import type { DomainEvent } from '../contract/events.ts';
import type { LxcDomain } from './domain.ts';
import { domainRef } from './list/domain-list.ts';

/** The lifecycle events of containers: libvirt's number of each and of its detail. */
const lifecycleEvents = {
  added: [Type.DEFINED, Defined.ADDED],
  updated: [Type.DEFINED, Defined.UPDATED],
  undefined: [Type.UNDEFINED, Undefined.REMOVED],
  renamedFrom: [Type.UNDEFINED, Undefined.RENAMED],
  renamedTo: [Type.DEFINED, Defined.RENAMED],
  started: [Type.STARTED, Started.BOOTED],
  suspended: [Type.SUSPENDED, Suspended.PAUSED],
  resumed: [Type.RESUMED, Resumed.UNPAUSED],
  shutdown: [Type.STOPPED, Stopped.SHUTDOWN],
  destroyed: [Type.STOPPED, Stopped.DESTROYED],
  crashed: [Type.STOPPED, Stopped.CRASHED],
  failed: [Type.STOPPED, Stopped.FAILED],
} as const;

/** The event, with the domain's name and id as they are now. */
export function lifecycleEvent(domain: LxcDomain, what: keyof typeof lifecycleEvents): DomainEvent {
  const [event, detail] = lifecycleEvents[what];
  return { kind: 'lifecycle', domain: domainRef(domain), event, detail };
}
