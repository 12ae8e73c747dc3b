import { backendOf } from '../backends/backend-table.ts';
import { constants, open } from 'node:fs';
import { promisify } from 'node:util';
import type { FoundVolume } from './find-volume.ts';
import type { VolumesContext } from './volumes-context.ts';

const openFile = promisify(open);

/** Opens the bytes of a volume; the caller closes the descriptor. Throws the system's error. */
export async function openContent(
  context: VolumesContext,
  { pool, volume }: FoundVolume,
  flags = constants.O_RDONLY,
): Promise<number> {
  const { volumes } = backendOf(context.backends, pool.definition.type);
  return await (volumes?.open?.(pool, volume, flags) ?? openFile(volume.path, flags | constants.O_NOCTTY));
}
