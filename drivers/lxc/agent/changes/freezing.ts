import { thawDevice } from '../../../../native/ffi/thaw-device.ts';
import type { FrozenFileSystem } from '../../process/frozen-file-systems.ts';
import { saveStatus } from '../../process/status.ts';
import { devicePath } from '../facts/own-devices.ts';
import { failedWith } from '../session/agent-failure.ts';
import type { AgentSession } from '../session/agent-session.ts';
import { ownMounts } from './own-mounts.ts';

/** How the kernel refuses to freeze what cannot be. */
const CANNOT_FREEZE = ['ENOTSUP', 'EROFS'] as const;

/**
 * Freezes file systems of the container, and says how many: all, or those mounted at the given places. What is written to
 * them waits from then on. When one fails to freeze, none stays so.
 */
export async function freezeFileSystems(session: AgentSession, mountPoints: readonly string[] | null): Promise<number> {
  const own = await ownMounts(session, mountPoints);
  // From the last mounted on: one may lie on a file of another.
  const writable = own.filter(({ options }) => !options.includes('ro')).toReversed();
  if (writable.length === 0) return 0;
  const guest = await session.guest();
  // A daemon that ends in the middle of this has told the next one.
  await remember(session, writable);
  const frozen: FrozenFileSystem[] = [];
  try {
    for (const mount of writable) {
      try {
        await guest.freeze(mount.mountPoint, mount.device);
        frozen.push(mount);
      } catch (error) {
        if (!failedWith(error, ...CANNOT_FREEZE)) throw error;
      }
    }
  } catch (error) {
    await thawFileSystems(session);
    throw error;
  }
  await remember(session, frozen);
  return frozen.length;
}

/** Thaws what has been frozen, and says how many file systems were. What stays frozen stays known, and is told by the error. */
export async function thawFileSystems(session: AgentSession): Promise<number> {
  const left: FrozenFileSystem[] = [];
  let count = 0;
  let failure: unknown = null;
  // Those that were frozen first depend on the others.
  for (const fileSystem of session.process.frozen.toReversed()) {
    try {
      if (await thaw(session, fileSystem)) count += 1;
    } catch (error) {
      failure = error;
      left.unshift(fileSystem);
    }
  }
  await remember(session, left);
  if (failure !== null) throw failure;
  return count;
}

/**
 * By its device: whatever has become of the place where it was mounted, or of the whole container, the kernel keeps a
 * file system that is frozen. Where the device cannot be mounted a second time, by its place. False when it was not frozen.
 */
async function thaw(session: AgentSession, { device, type, mountPoint }: FrozenFileSystem): Promise<boolean> {
  try {
    return await thawDevice(await devicePath(device), type);
  } catch (error) {
    session.context.log.debug({ domain: session.domain.name, device, error }, 'A device is thawed from inside');
  }
  const guest = await session.guest();
  try {
    await guest.thaw(mountPoint, device);
    return true;
  } catch (error) {
    if (failedWith(error, 'EINVAL')) return false;
    throw error;
  }
}

async function remember(
  { context, domain, process }: AgentSession,
  frozen: readonly FrozenFileSystem[],
): Promise<void> {
  if (frozen.length === 0 && process.frozen.length === 0) return;
  process.frozen = frozen.map(({ device, type, mountPoint }) => ({ device, type, mountPoint }));
  await saveStatus(context, domain);
}
