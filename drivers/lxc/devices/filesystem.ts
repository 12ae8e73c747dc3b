import { posix } from 'node:path';
import type { FilesystemDevice } from '../../xml/domain/definition.ts';
import type { DeviceKind } from './device-kind.ts';
import { liveFilesystems } from './filesystem-live.ts';
import { alreadyThere, notFound } from './refusals.ts';

const at = (present: readonly FilesystemDevice[], target: string): number =>
  present.findIndex(filesystem => mountPoint(filesystem.target) === mountPoint(target));

/** "/a" is also "//a/". */
const mountPoint = (target: string): string => posix.resolve('/', target);

/** Filesystems, which are known by their mount point. libvirt's driver neither attaches nor detaches them. */
export const filesystems: DeviceKind<FilesystemDevice> = {
  of: devices => devices.filesystems,
  put: (devices, list) => ({ ...devices, filesystems: [...list] }),
  checkNew(present, { target }, side) {
    if (at(present, target) < 0) return;
    throw alreadyThere(side, `target ${target} already exists.`, `target ${target} already exists`);
  },
  find(present, { target }, side) {
    const index = at(present, target);
    if (index >= 0) return index;
    throw notFound(side, 'no matching filesystem device was found', `filesystem ${target} not found`);
  },
  change: null,
  live: liveFilesystems,
};
