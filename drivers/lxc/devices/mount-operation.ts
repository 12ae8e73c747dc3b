import { MountAttribute, type MountOption, type Operation } from '../../../native/plan/plan.ts';
import { errors } from '../../contract/error.ts';
import type { FilesystemDevice } from '../../xml/domain/definition.ts';
import { filesystemOperation, LoopTable } from '../plan/filesystems.ts';
import type { Identity } from '../plan/identity.ts';
import { withOptions } from '../plan/security-label.ts';

/** What gives a running container one more mount. */
export type MountOperation = Extract<Operation, { do: 'attach' | 'bind' }>;

/**
 * A filesystem that is not an image's, for a container that runs; `options` are for one that is made for it. Fails like
 * a start with such a filesystem.
 */
export function mountOperation(
  filesystem: FilesystemDevice,
  identity: Identity,
  options: readonly MountOption[],
): MountOperation {
  const operation =
    filesystem.type === 'ram'
      ? ramMount(filesystem, identity)
      : filesystemOperation(filesystem, filesystem.readonly, new LoopTable());
  if (operation.do === 'attach') return { ...operation, mount: withOptions(operation.mount, options) };
  if (operation.do === 'bind') return operation;
  throw errors.configUnsupported(`Cannot mount filesystem type ${filesystem.type}`);
}

/** Made on the host, where the container's root is somebody. */
function ramMount({ usage, readonly, target }: FilesystemDevice, { rootUid, rootGid }: Identity): Operation {
  const values = { size: `${usage ?? 0n}k`, uid: String(rootUid), gid: String(rootGid) };
  const { NOSUID, NODEV, READONLY } = MountAttribute;
  return {
    do: 'attach',
    mount: {
      from: 'filesystem',
      type: 'tmpfs',
      source: null,
      options: Object.entries(values).map(([key, value]) => ({ key, value })),
      attributes: NOSUID | NODEV | (readonly ? READONLY : 0),
      entries: [],
    },
    target,
  };
}
