import { errors } from '../../contract/error.ts';
import type { HostDevice } from '../../xml/domain/definition.ts';
import type { LiveDevices } from './device-kind.ts';
import { notUpdatedLive } from './refusals.ts';

const unsupported = (what: string): Error =>
  errors.operationUnsupported(`devices of running containers cannot be ${what}`);

export const liveHostDevices: LiveDevices<HostDevice> = {
  attach: () => Promise.reject(unsupported('attached')),
  detach: () => Promise.reject(unsupported('detached')),
  update: () => Promise.reject(notUpdatedLive()),
};
