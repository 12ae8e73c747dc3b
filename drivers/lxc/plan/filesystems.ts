import type { FilesystemDevice } from '../../xml/domain/definition.ts';
import { MountAttribute, type HostMount, type Loop, type Operation } from '../../../native/plan/plan.ts';
import { driverOf, filesystemImage, type Image } from '../images/image.ts';
import { startFailure } from './start-failure.ts';
import { filesystemType } from './filesystem-type.ts';

/** The files that a plan shows to its container as block devices; their numbers are known once they are attached. */
export class LoopTable {
  readonly loops: Loop[] = [];
  /** The name of the device that each is for. */
  readonly owners: (string | null)[] = [];

  /** Returns the loop's index in the plan. */
  add(file: string, readonly: boolean, owner: string | null): number {
    this.owners.push(owner);
    return this.loops.push({ file, readonly }) - 1;
  }
}

/** Images that qemu-nbd shows are block devices by now. */
export function addImage(loops: LoopTable, image: Image, owner: string | null): number {
  if (driverOf(image) !== 'loop') throw startFailure(`internal error: image ${image.file} is not attached`);
  return loops.add(image.file, image.readonly, owner);
}

/** Where the root filesystem is; none means the host's own. */
export function rootFilesystem(filesystems: readonly FilesystemDevice[]): FilesystemDevice | null {
  return filesystems.find(({ target }) => target === '/') ?? null;
}

export function rootMount(root: FilesystemDevice | null, loops: LoopTable): HostMount {
  if (root === null) return { from: 'path', path: '/', recursive: true, attributes: 0, entries: [] };
  if (root.type === 'bind' || root.type === 'ram')
    throw startFailure(`unsupported configuration: A filesystem of type '${root.type}' cannot be the container's root`);
  return hostMount(root, loops);
}

/** A filesystem's source as a mount of the host stage. */
function hostMount(filesystem: FilesystemDevice, loops: LoopTable): HostMount {
  switch (filesystem.type) {
    case 'mount':
      return { from: 'path', path: sourceOf(filesystem), recursive: true, attributes: 0, entries: [] };
    case 'block':
      return filesystemOn({ by: 'path', path: sourceOf(filesystem) }, sourceOf(filesystem), filesystem.readonly);
    case 'file': {
      const loop = addImage(loops, filesystemImage(filesystem, sourceOf(filesystem)), filesystem.alias);
      return filesystemOn({ by: 'loop', loop }, sourceOf(filesystem), filesystem.readonly);
    }
    default:
      throw startFailure(`unsupported configuration: Cannot mount filesystem type ${filesystem.type}`);
  }
}

function filesystemOn(
  source: { by: 'path'; path: string } | { by: 'loop'; loop: number },
  path: string,
  readonly: boolean,
): HostMount {
  return {
    from: 'filesystem',
    type: filesystemType(path),
    source,
    options: readonly ? [{ key: 'ro', value: null }] : [],
    attributes: 0,
    entries: [],
  };
}

function sourceOf({ source, type, target }: FilesystemDevice): string {
  if (source === null)
    throw startFailure(`unsupported configuration: The filesystem at ${target} (type ${type}) has no source`);
  return source;
}

/** All but the root, in the definition's order; `readonly` makes every one of them read-only. */
export function filesystemOperations(
  filesystems: readonly FilesystemDevice[],
  readonly: boolean,
  loops: LoopTable,
): Operation[] {
  return filesystems
    .filter(({ target }) => target !== '/')
    .map(filesystem => filesystemOperation(filesystem, readonly || filesystem.readonly, loops));
}

/** One that is not the root. */
export function filesystemOperation(filesystem: FilesystemDevice, readonly: boolean, loops: LoopTable): Operation {
  const { target } = filesystem;
  const attributes = readonly ? MountAttribute.READONLY : 0;
  if (filesystem.type === 'bind')
    return { do: 'bind', source: sourceOf(filesystem), target, recursive: true, attributes, optional: false };
  if (filesystem.type === 'ram')
    return {
      do: 'mount',
      type: 'tmpfs',
      source: 'tmpfs',
      options: [{ key: 'size', value: `${filesystem.usage ?? 0n}k` }],
      attributes: MountAttribute.NOSUID | MountAttribute.NODEV | attributes,
      target,
    };
  return { do: 'attach', mount: { ...hostMount(filesystem, loops), attributes }, target };
}
