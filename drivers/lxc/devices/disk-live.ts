import { errors } from '../../contract/error.ts';
import type { DiskDevice } from '../../xml/domain/definition.ts';
import type { LiveDevices } from './device-kind.ts';
import { notUpdatedLive } from './refusals.ts';

const unsupported = (what: string): Error =>
  errors.operationUnsupported(`disks of running containers cannot be ${what}`);

export const liveDisks: LiveDevices<DiskDevice> = {
  attach: () => Promise.reject(unsupported('attached')),
  detach: () => Promise.reject(unsupported('detached')),
  update: () => Promise.reject(notUpdatedLive()),
};
