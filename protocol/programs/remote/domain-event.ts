import type { ProcedureTable } from '../../procedure.ts';
import { array, hyper, int, optional, struct, uhyper } from '../../xdr/index.ts';
import { DOMAIN_EVENT_GRAPHICS_IDENTITY_MAX } from './limits.ts';
import { domain, text } from './types.ts';

export const connectDomainEventRegisterRet = struct({ cbRegistered: int });
export const connectDomainEventDeregisterRet = struct({ cbRegistered: int });
export const domainEventLifecycleMsg = struct({ dom: domain, event: int, detail: int });
export const connectDomainEventRegisterAnyArgs = struct({ eventID: int });
export const connectDomainEventDeregisterAnyArgs = struct({ eventID: int });
export const domainEventRebootMsg = struct({ dom: domain });
export const domainEventRtcChangeMsg = struct({ dom: domain, offset: hyper });
export const domainEventWatchdogMsg = struct({ dom: domain, action: int });
export const domainEventIoErrorMsg = struct({ dom: domain, srcPath: text, devAlias: text, action: int });
export const domainEventGraphicsAddress = struct({ family: int, node: text, service: text });
export const domainEventGraphicsIdentity = struct({ type: text, name: text });
export const domainEventGraphicsMsg = struct({
  dom: domain,
  phase: int,
  local: domainEventGraphicsAddress,
  remote: domainEventGraphicsAddress,
  authScheme: text,
  subject: array(domainEventGraphicsIdentity, DOMAIN_EVENT_GRAPHICS_IDENTITY_MAX),
});
export const domainEventIoErrorReasonMsg = struct({
  dom: domain,
  srcPath: text,
  devAlias: text,
  action: int,
  reason: text,
});
export const domainEventControlErrorMsg = struct({ dom: domain });
export const domainEventBlockJobMsg = struct({ dom: domain, path: text, type: int, status: int });
export const domainEventDiskChangeMsg = struct({
  dom: domain,
  oldSrcPath: optional(text),
  newSrcPath: optional(text),
  devAlias: text,
  reason: int,
});
export const domainEventTrayChangeMsg = struct({ dom: domain, devAlias: text, reason: int });
export const domainEventPmwakeupMsg = struct({ dom: domain });
export const domainEventPmsuspendMsg = struct({ dom: domain });
export const domainEventBalloonChangeMsg = struct({ dom: domain, actual: uhyper });
export const domainEventPmsuspendDiskMsg = struct({ dom: domain });
export const domainEventDeviceRemovedMsg = struct({ dom: domain, devAlias: text });

/** Domain events of old clients: one registration per kind. The newer form carries the same messages. */
export const domainEventProcedures = {
  connectDomainEventRegister: {
    number: 105,
    ret: connectDomainEventRegisterRet,
    priority: 'high',
    acl: ['connect:search_domains'],
    aclFilter: 'domain:getattr',
    readOnly: true,
  },
  connectDomainEventDeregister: {
    number: 106,
    ret: connectDomainEventDeregisterRet,
    priority: 'high',
    acl: ['connect:read'],
    readOnly: true,
  },
  domainEventLifecycle: { number: 107, message: domainEventLifecycleMsg },
  connectDomainEventRegisterAny: {
    number: 167,
    args: connectDomainEventRegisterAnyArgs,
    priority: 'high',
    acl: ['connect:search_domains'],
    aclFilter: 'domain:getattr',
    readOnly: true,
  },
  connectDomainEventDeregisterAny: {
    number: 168,
    args: connectDomainEventDeregisterAnyArgs,
    priority: 'high',
    acl: ['connect:read'],
    readOnly: true,
  },
  domainEventReboot: { number: 169, message: domainEventRebootMsg },
  domainEventRtcChange: { number: 170, message: domainEventRtcChangeMsg },
  domainEventWatchdog: { number: 171, message: domainEventWatchdogMsg },
  domainEventIoError: { number: 172, message: domainEventIoErrorMsg },
  domainEventGraphics: { number: 173, message: domainEventGraphicsMsg },
  domainEventIoErrorReason: { number: 195, message: domainEventIoErrorReasonMsg },
  domainEventControlError: { number: 224, message: domainEventControlErrorMsg },
  domainEventBlockJob: { number: 241, message: domainEventBlockJobMsg },
  domainEventDiskChange: { number: 248, message: domainEventDiskChangeMsg },
  domainEventTrayChange: { number: 268, message: domainEventTrayChangeMsg },
  domainEventPmwakeup: { number: 269, message: domainEventPmwakeupMsg },
  domainEventPmsuspend: { number: 270, message: domainEventPmsuspendMsg },
  domainEventBalloonChange: { number: 276, message: domainEventBalloonChangeMsg },
  domainEventPmsuspendDisk: { number: 292, message: domainEventPmsuspendDiskMsg },
  domainEventDeviceRemoved: { number: 311, message: domainEventDeviceRemovedMsg },
} satisfies ProcedureTable;
