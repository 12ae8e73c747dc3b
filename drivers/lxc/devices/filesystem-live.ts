import { errors } from '../../contract/error.ts';
import type { FilesystemDevice } from '../../xml/domain/definition.ts';
import type { LiveDevices } from './device-kind.ts';
import { notUpdatedLive } from './refusals.ts';

const unsupported = (what: string): Error =>
  errors.operationUnsupported(`filesystems of running containers cannot be ${what}`);

export const liveFilesystems: LiveDevices<FilesystemDevice> = {
  attach: () => Promise.reject(unsupported('attached')),
  detach: () => Promise.reject(unsupported('detached')),
  update: () => Promise.reject(notUpdatedLive()),
};
