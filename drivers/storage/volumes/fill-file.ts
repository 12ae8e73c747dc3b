import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { setNoCopyOnWrite } from '../../../native/ffi/inode-flags.ts';
import { step } from '../system-failure.ts';
import type { StorageVolume } from '../volume.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR } = constants;
const DEFAULT_MODE = 0o600;

/**
 * Makes the file of a volume and has it filled; then it gets its owner and mode. Until then nobody else can read it, and no
 * link leads elsewhere. Throws the system's error.
 */
export async function fillFile(
  { path, definition: { target } }: StorageVolume,
  fill: (file: FileHandle) => Promise<void>,
): Promise<void> {
  await using file = await step(`cannot create path '${path}'`, () =>
    open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, DEFAULT_MODE),
  );
  if (target.nocow) setNoCopyOnWrite(file.fd);
  await fill(file);
  const { mode, owner, group } = target.permissions ?? { mode: null, owner: null, group: null };
  if (owner !== null || group !== null)
    await step(`unable to chown '${path}'`, () => file.chown(owner ?? -1, group ?? -1));
  await step(`cannot set mode of '${path}'`, () => file.chmod(mode ?? DEFAULT_MODE));
}
