import { constants } from 'node:fs';
import { access, mkdir, open, rmdir } from 'node:fs/promises';
import type { PoolDefinition } from '../../xml/storage/pool-definition.ts';
import type { VolumePermissions } from '../../xml/storage/volume-definition.ts';
import { step } from '../system-failure.ts';
import { targetPath } from './target-path.ts';

/** What libvirt gives a pool's directory that says nothing else: its files are found by those who know their names. */
const USUAL_MODE = 0o711;

/** Makes the target, with the directories above it. One that is there keeps the rights that the definition does not name. */
export async function makeTarget(definition: PoolDefinition): Promise<void> {
  const path = targetPath(definition);
  const wanted = definition.target?.permissions ?? null;
  await step(`cannot create path '${path}'`, async () => {
    const made = (await mkdir(path, { recursive: true })) !== undefined;
    if (made || wanted !== null) await setRights(path, wanted, made);
  });
}

async function setRights(path: string, wanted: VolumePermissions | null, made: boolean): Promise<void> {
  await using directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  const owner = wanted?.owner ?? -1;
  const group = wanted?.group ?? -1;
  if (owner >= 0 || group >= 0) await directory.chown(owner, group);
  const mode = wanted?.mode ?? (made ? USUAL_MODE : null);
  if (mode !== null) await directory.chmod(mode);
}

/** Only an empty one goes. */
export async function removeTarget(definition: PoolDefinition): Promise<void> {
  const path = targetPath(definition);
  await step(`failed to remove pool '${path}'`, () => rmdir(path));
}

export const targetExists = ({ target }: PoolDefinition): Promise<boolean> =>
  access(target?.path ?? '', constants.X_OK).then(
    () => true,
    () => false,
  );
