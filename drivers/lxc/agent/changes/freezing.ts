import { readFile } from 'node:fs/promises';
import { saveStatus } from '../../process/status.ts';
import { guestMounts } from '../facts/file-systems.ts';
import { deviceKey, ownDevices } from '../facts/own-devices.ts';
import { failedWith } from '../session/agent-failure.ts';
import type { AgentSession } from '../session/agent-session.ts';
import { parseMountInfo, type Mount } from '../text/mount-info.ts';

/**
 * Where the file systems that are the container's alone are mounted, one place each: those on block devices and images
 * that its definition gives it and that neither the host has mounted nor another running container owns. A directory of
 * the host is never among them, whatever the container has mounted where.
 */
async function ownMounts(session: AgentSession): Promise<Mount[]> {
  const { context, domain } = session;
  const own = new Set((await ownDevices(context, domain)).map(({ numbers }) => deviceKey(numbers)));
  const shared = own.size === 0 ? own : await devicesOfOthers(session);
  const places = new Map<string, Mount>();
  for (const mount of own.size === 0 ? [] : await guestMounts(session)) {
    const key = deviceKey(mount.device);
    if (own.has(key) && !shared.has(key) && !places.has(key)) places.set(key, mount);
  }
  return [...places.values()];
}

async function devicesOfOthers({ context, domain }: AgentSession): Promise<Set<string>> {
  const host = parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8')).map(({ device }) => device);
  const others = [...context.processes.all()].flatMap(([other]) => (other === domain ? [] : [other]));
  const theirs = await Promise.all(others.map(other => ownDevices(context, other)));
  return new Set([...host, ...theirs.flat().map(({ numbers }) => numbers)].map(deviceKey));
}

const chosen = (mounts: readonly Mount[], mountPoints: readonly string[] | null): readonly Mount[] =>
  mountPoints === null ? mounts : mounts.filter(({ mountPoint }) => mountPoints.includes(mountPoint));

/** How the kernel refuses to freeze a file system that cannot be (read-only, of no use to backups): it is left out. */
const CANNOT_FREEZE = ['EOPNOTSUPP', 'EROFS'] as const;

/**
 * Freezes file systems of the container, and says how many: all, or those mounted at the given places. What is written to
 * them waits from then on. When one cannot be frozen, none stays so.
 */
export async function freezeFileSystems(session: AgentSession, mountPoints: readonly string[] | null): Promise<number> {
  const { context, domain, process } = session;
  const mounts = chosen(await ownMounts(session), mountPoints).filter(({ options }) => !options.includes('ro'));
  if (mounts.length === 0) return 0;
  const guest = await session.guest();
  // A daemon that is killed meanwhile has told the next one.
  process.frozen = true;
  await saveStatus(context, domain);
  let count = 0;
  try {
    // From the last mounted on: one may lie on a file of another.
    for (const { mountPoint, device } of mounts.toReversed()) {
      try {
        await guest.freeze(mountPoint, device);
        count += 1;
      } catch (error) {
        if (!failedWith(error, ...CANNOT_FREEZE)) throw error;
      }
    }
  } catch (error) {
    await thawFileSystems(session);
    throw error;
  }
  if (count === 0) await forgetFrozen(session);
  return count;
}

/** Thaws whatever of the container is frozen, and says how many file systems were. */
export async function thawFileSystems(session: AgentSession): Promise<number> {
  const guest = await session.guest();
  let count = 0;
  for (const { mountPoint, device } of await ownMounts(session)) {
    try {
      await guest.thaw(mountPoint, device);
      count += 1;
    } catch (error) {
      // It was not frozen.
      if (!failedWith(error, 'EINVAL', ...CANNOT_FREEZE)) throw error;
    }
  }
  await forgetFrozen(session);
  return count;
}

async function forgetFrozen({ context, domain, process }: AgentSession): Promise<void> {
  if (!process.frozen) return;
  process.frozen = false;
  await saveStatus(context, domain);
}

/** What came of one file system. */
export interface TrimResult {
  readonly mountPoint: string;
  /** Bytes, or why not. */
  readonly trimmed: bigint | { readonly error: string };
}

/** Tells the devices below the container's file systems what is not used. `minimum`: bytes of the smallest range told. */
export async function trimFileSystems(
  session: AgentSession,
  mountPoints: readonly string[] | null,
  minimum: bigint,
): Promise<TrimResult[]> {
  const guest = await session.guest();
  const results: TrimResult[] = [];
  for (const { mountPoint, device } of chosen(await ownMounts(session), mountPoints)) {
    try {
      results.push({ mountPoint, trimmed: await guest.trim(mountPoint, device, minimum) });
    } catch (error) {
      if (!failedWith(error, 'EOPNOTSUPP', 'ENOTTY', 'EINVAL', 'EROFS', 'EPERM')) throw error;
      const why =
        error.code === 'EOPNOTSUPP' || error.code === 'ENOTTY' ? 'trim not supported' : `failed to trim: ${error.code}`;
      results.push({ mountPoint, trimmed: { error: why } });
    }
  }
  return results;
}
