import { readFile } from 'node:fs/promises';
import { guestMounts } from '../facts/file-systems.ts';
import { deviceKey, ownDevices } from '../facts/own-devices.ts';
import type { AgentSession } from '../session/agent-session.ts';
import { parseMountInfo, type Mount } from '../text/mount-info.ts';

/**
 * Where the file systems that are the container's alone are mounted, one place each, of all or of the given ones: those
 * on block devices and images that its definition gives it and that neither the host has mounted nor another running
 * container owns. A directory of the host is never among them, whatever the container has mounted where.
 */
export async function ownMounts(session: AgentSession, mountPoints: readonly string[] | null): Promise<Mount[]> {
  const { context, domain } = session;
  const own = new Set((await ownDevices(context, domain)).map(({ numbers }) => deviceKey(numbers)));
  if (own.size === 0) return [];
  const shared = await devicesOfOthers(session);
  const places = new Map<string, Mount>();
  for (const mount of await guestMounts(session)) {
    const key = deviceKey(mount.device);
    const chosen = mountPoints === null || mountPoints.includes(mount.mountPoint);
    if (chosen && own.has(key) && !shared.has(key) && !places.has(key)) places.set(key, mount);
  }
  return [...places.values()];
}

async function devicesOfOthers({ context, domain }: AgentSession): Promise<Set<string>> {
  const host = parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8')).map(({ device }) => device);
  const others = [...context.processes.all()].flatMap(([other]) => (other === domain ? [] : [other]));
  const theirs = await Promise.all(others.map(other => ownDevices(context, other)));
  return new Set([...host, ...theirs.flat().map(({ numbers }) => numbers)].map(deviceKey));
}
