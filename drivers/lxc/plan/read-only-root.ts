import { MountAttribute, type Entry, type HostMount } from '../../../native/plan/plan.ts';
import type { FilesystemDevice } from '../../xml/domain/definition.ts';
import type { Identity } from './identity.ts';

/** Where every container has something mounted. */
const standardPlaces = ['/dev', '/proc', '/sys'] as const;

/**
 * The root, read-only with all that comes from the host with it; what will be mounted on it gets its places before. A
 * bind's source may be one of those mounts itself, so its target is taken for a directory unless the root holds a file there.
 */
export function readOnlyRoot(root: HostMount, filesystems: readonly FilesystemDevice[], identity: Identity): HostMount {
  const { rootUid: uid, rootGid: gid } = identity;
  const directory = (path: string): Entry => ({ make: 'directory', path, mode: 0o755, uid, gid });
  const place = ({ type, source, target }: FilesystemDevice): Entry =>
    type === 'mount' && source !== null
      ? { make: 'place', path: target, source, mode: 0o755, uid, gid }
      : directory(target);
  const places = filesystems
    .filter(({ target }) => target !== '/')
    .flatMap(filesystem => [...ancestors(filesystem.target).map(directory), place(filesystem)]);
  return { ...root, attributes: MountAttribute.READONLY, entries: [...standardPlaces.map(directory), ...places] };
}

/** "/a" and "/a/b" of "/a/b/c". */
function ancestors(path: string): string[] {
  const names = path.split('/').filter(name => name !== '');
  return names.slice(0, -1).map((_, index) => `/${names.slice(0, index + 1).join('/')}`);
}
