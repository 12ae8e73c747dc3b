import type { ProcedureTable } from '../../procedure.ts';
import { typedParameter } from '../../typed-parameter.ts';
import { array, int, optional, struct, uhyper, uint } from '../../xdr/index.ts';
import {
  domainEventBalloonChangeMsg,
  domainEventBlockJobMsg,
  domainEventControlErrorMsg,
  domainEventDeviceRemovedMsg,
  domainEventDiskChangeMsg,
  domainEventGraphicsMsg,
  domainEventIoErrorMsg,
  domainEventIoErrorReasonMsg,
  domainEventLifecycleMsg,
  domainEventPmsuspendDiskMsg,
  domainEventPmsuspendMsg,
  domainEventPmwakeupMsg,
  domainEventRebootMsg,
  domainEventRtcChangeMsg,
  domainEventTrayChangeMsg,
  domainEventWatchdogMsg,
} from './domain-event.ts';
import { DOMAIN_EVENT_TUNABLE_MAX, DOMAIN_JOB_STATS_MAX } from './limits.ts';
import { domain, text } from './types.ts';

export const connectDomainEventCallbackRegisterAnyArgs = struct({ eventID: int, dom: optional(domain) });
export const connectDomainEventCallbackRegisterAnyRet = struct({ callbackID: int });
export const connectDomainEventCallbackDeregisterAnyArgs = struct({ callbackID: int });
export const domainEventCallbackLifecycleMsg = struct({ callbackID: int, msg: domainEventLifecycleMsg });
export const domainEventCallbackRebootMsg = struct({ callbackID: int, msg: domainEventRebootMsg });
export const domainEventCallbackRtcChangeMsg = struct({ callbackID: int, msg: domainEventRtcChangeMsg });
export const domainEventCallbackWatchdogMsg = struct({ callbackID: int, msg: domainEventWatchdogMsg });
export const domainEventCallbackIoErrorMsg = struct({ callbackID: int, msg: domainEventIoErrorMsg });
export const domainEventCallbackGraphicsMsg = struct({ callbackID: int, msg: domainEventGraphicsMsg });
export const domainEventCallbackIoErrorReasonMsg = struct({ callbackID: int, msg: domainEventIoErrorReasonMsg });
export const domainEventCallbackControlErrorMsg = struct({ callbackID: int, msg: domainEventControlErrorMsg });
export const domainEventCallbackBlockJobMsg = struct({ callbackID: int, msg: domainEventBlockJobMsg });
export const domainEventCallbackDiskChangeMsg = struct({ callbackID: int, msg: domainEventDiskChangeMsg });
export const domainEventCallbackTrayChangeMsg = struct({ callbackID: int, msg: domainEventTrayChangeMsg });
export const domainEventCallbackPmwakeupMsg = struct({ callbackID: int, reason: int, msg: domainEventPmwakeupMsg });
export const domainEventCallbackPmsuspendMsg = struct({ callbackID: int, reason: int, msg: domainEventPmsuspendMsg });
export const domainEventCallbackBalloonChangeMsg = struct({ callbackID: int, msg: domainEventBalloonChangeMsg });
export const domainEventCallbackPmsuspendDiskMsg = struct({
  callbackID: int,
  reason: int,
  msg: domainEventPmsuspendDiskMsg,
});
export const domainEventCallbackDeviceRemovedMsg = struct({ callbackID: int, msg: domainEventDeviceRemovedMsg });
export const domainEventBlockJob2Msg = struct({ callbackID: int, dom: domain, dst: text, type: int, status: int });
export const domainEventCallbackTunableMsg = struct({
  callbackID: int,
  dom: domain,
  params: array(typedParameter, DOMAIN_EVENT_TUNABLE_MAX),
});
export const domainEventCallbackAgentLifecycleMsg = struct({ callbackID: int, dom: domain, state: int, reason: int });
export const domainEventCallbackDeviceAddedMsg = struct({ callbackID: int, dom: domain, devAlias: text });
export const domainEventCallbackMigrationIterationMsg = struct({ callbackID: int, dom: domain, iteration: int });
export const domainEventCallbackJobCompletedMsg = struct({
  callbackID: int,
  dom: domain,
  params: array(typedParameter, DOMAIN_JOB_STATS_MAX),
});
export const domainEventCallbackDeviceRemovalFailedMsg = struct({ callbackID: int, dom: domain, devAlias: text });
export const domainEventCallbackMetadataChangeMsg = struct({
  callbackID: int,
  dom: domain,
  type: int,
  nsuri: optional(text),
});
export const domainEventBlockThresholdMsg = struct({
  callbackID: int,
  dom: domain,
  dev: text,
  path: optional(text),
  threshold: uhyper,
  excess: uhyper,
});
export const domainEventMemoryFailureMsg = struct({
  callbackID: int,
  dom: domain,
  recipient: int,
  action: int,
  flags: uint,
});
export const domainEventMemoryDeviceSizeChangeMsg = struct({ callbackID: int, dom: domain, alias: text, size: uhyper });
export const domainEventNicMacChangeMsg = struct({
  callbackID: int,
  dom: domain,
  alias: text,
  oldMAC: text,
  newMAC: text,
});
export const domainEventVcpuRemovedMsg = struct({ callbackID: int, dom: domain, vcpuid: uint });
export const domainEventCallbackChannelLifecycleMsg = struct({
  callbackID: int,
  dom: domain,
  channelName: text,
  state: int,
  reason: int,
});

/** Domain events by callback: each names the registration it answers, so that one client may have several. */
export const domainEventCallbackProcedures = {
  connectDomainEventCallbackRegisterAny: {
    number: 316,
    args: connectDomainEventCallbackRegisterAnyArgs,
    ret: connectDomainEventCallbackRegisterAnyRet,
    priority: 'high',
    acl: ['connect:search_domains'],
    aclFilter: 'domain:getattr',
    readOnly: true,
  },
  connectDomainEventCallbackDeregisterAny: {
    number: 317,
    args: connectDomainEventCallbackDeregisterAnyArgs,
    priority: 'high',
    acl: ['connect:read'],
    readOnly: true,
  },
  domainEventCallbackLifecycle: { number: 318, message: domainEventCallbackLifecycleMsg },
  domainEventCallbackReboot: { number: 319, message: domainEventCallbackRebootMsg },
  domainEventCallbackRtcChange: { number: 320, message: domainEventCallbackRtcChangeMsg },
  domainEventCallbackWatchdog: { number: 321, message: domainEventCallbackWatchdogMsg },
  domainEventCallbackIoError: { number: 322, message: domainEventCallbackIoErrorMsg },
  domainEventCallbackGraphics: { number: 323, message: domainEventCallbackGraphicsMsg },
  domainEventCallbackIoErrorReason: { number: 324, message: domainEventCallbackIoErrorReasonMsg },
  domainEventCallbackControlError: { number: 325, message: domainEventCallbackControlErrorMsg },
  domainEventCallbackBlockJob: { number: 326, message: domainEventCallbackBlockJobMsg },
  domainEventCallbackDiskChange: { number: 327, message: domainEventCallbackDiskChangeMsg },
  domainEventCallbackTrayChange: { number: 328, message: domainEventCallbackTrayChangeMsg },
  domainEventCallbackPmwakeup: { number: 329, message: domainEventCallbackPmwakeupMsg },
  domainEventCallbackPmsuspend: { number: 330, message: domainEventCallbackPmsuspendMsg },
  domainEventCallbackBalloonChange: { number: 331, message: domainEventCallbackBalloonChangeMsg },
  domainEventCallbackPmsuspendDisk: { number: 332, message: domainEventCallbackPmsuspendDiskMsg },
  domainEventCallbackDeviceRemoved: { number: 333, message: domainEventCallbackDeviceRemovedMsg },
  domainEventBlockJob2: { number: 339, message: domainEventBlockJob2Msg },
  domainEventCallbackTunable: { number: 346, message: domainEventCallbackTunableMsg },
  domainEventCallbackAgentLifecycle: { number: 348, message: domainEventCallbackAgentLifecycleMsg },
  domainEventCallbackDeviceAdded: { number: 354, message: domainEventCallbackDeviceAddedMsg },
  domainEventCallbackMigrationIteration: { number: 359, message: domainEventCallbackMigrationIterationMsg },
  domainEventCallbackJobCompleted: { number: 363, message: domainEventCallbackJobCompletedMsg },
  domainEventCallbackDeviceRemovalFailed: { number: 367, message: domainEventCallbackDeviceRemovalFailedMsg },
  domainEventCallbackMetadataChange: { number: 379, message: domainEventCallbackMetadataChangeMsg },
  domainEventBlockThreshold: { number: 385, message: domainEventBlockThresholdMsg },
  domainEventMemoryFailure: { number: 423, message: domainEventMemoryFailureMsg },
  domainEventMemoryDeviceSizeChange: { number: 438, message: domainEventMemoryDeviceSizeChangeMsg },
  domainEventNicMacChange: { number: 453, message: domainEventNicMacChangeMsg },
  domainEventVcpuRemoved: { number: 454, message: domainEventVcpuRemovedMsg },
  domainEventCallbackChannelLifecycle: { number: 455, message: domainEventCallbackChannelLifecycleMsg },
} satisfies ProcedureTable;
