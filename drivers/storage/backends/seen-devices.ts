import { stat } from 'node:fs/promises';
import type { VolumeDefinition } from '../../xml/storage/volume-definition.ts';
import type { StorageVolume } from '../volume.ts';

/** Tells of block volumes what their nodes in /dev have: rights and times. One without a node stays as it is. */
export async function seenDevices(volumes: readonly StorageVolume[]): Promise<readonly StorageVolume[]> {
  for (const volume of volumes) volume.definition = await seen(volume.path, volume.definition);
  return volumes;
}

async function seen(path: string, definition: VolumeDefinition): Promise<VolumeDefinition> {
  const status = await stat(path, { bigint: true }).catch(() => null);
  if (status === null) return definition;
  const { mode, uid, gid, atimeNs: atime, mtimeNs: mtime, ctimeNs: ctime, birthtimeNs: btime } = status;
  const permissions = { mode: Number(mode & 0o7777n), owner: Number(uid), group: Number(gid), label: null };
  return { ...definition, target: { ...definition.target, permissions, timestamps: { atime, mtime, ctime, btime } } };
}
