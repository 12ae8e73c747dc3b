import { backendOf } from '../backends/backend-table.ts';
import type { StorageContext } from '../context.ts';
import type { StoragePool } from '../pool.ts';
import type { VolumeBackend } from '../volume-backend.ts';
import { errors } from '../../contract/error.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import type { StorageVolume } from '../volume.ts';

/** What the calls on volumes share, some of it with those on pools. */
export interface VolumesContext extends Pick<
  StorageContext,
  'log' | 'pools' | 'users' | 'jobs' | 'events' | 'backends'
> {
  /** Aborted when the daemon ends: long copies are broken off. */
  readonly ending: AbortSignal;
}

/** What the volumes of a pool can do. `what` ends the error's sentence: "volume creation". */
export function volumesOf(context: VolumesContext, pool: StoragePool, what: string): VolumeBackend {
  const { volumes } = backendOf(context.backends, pool.definition.type);
  if (volumes === null) throw lacking(what);
  return volumes;
}

export const lacking = (what: string): Error =>
  errors.noSupport(`storage pool does not support ${what}`, ErrorDomain.STORAGE);

/** Reads a volume's figures again; the volume may have gone, or may have left its pool meanwhile. */
export async function refreshVolume(context: VolumesContext, pool: StoragePool, volume: StorageVolume): Promise<void> {
  const { volumes } = backendOf(context.backends, pool.definition.type);
  if (volumes?.describe === undefined || volume.building) return;
  const found = await volumes.describe(pool, volume).catch(() => null);
  if (found === null) return;
  const { target } = found;
  // Which secret opens it is known to who made it, and stands nowhere in the volume.
  const encryption = target.encryption === null ? null : (volume.definition.target.encryption ?? target.encryption);
  volume.definition = { ...found, target: { ...target, encryption } };
}

/** Runs long work on volumes: nobody deletes them, and nobody stops their pools meanwhile. */
export async function using<T>(held: readonly Held[], work: () => Promise<T>): Promise<T> {
  for (const { pool, volume } of held) {
    pool.asyncJobs++;
    volume.inUse++;
  }
  try {
    return await work();
  } finally {
    for (const { pool, volume } of held) {
      pool.asyncJobs--;
      volume.inUse--;
    }
  }
}

export interface Held {
  readonly pool: StoragePool;
  readonly volume: StorageVolume;
}
