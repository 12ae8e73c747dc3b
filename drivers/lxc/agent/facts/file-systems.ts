import { basename } from 'node:path';
import type { FileSystemSpace } from '../../../../native/guest/guest.ts';
import { readMountTable } from '../../../../native/guest/mount-table.ts';
import { GuestRequestFailed } from '../../../../native/guest/request-failed.ts';
import type { DomainDefinition } from '../../../xml/domain/definition.ts';
import { lostHelper } from '../session/agent-failure.ts';
import type { AgentSession } from '../session/agent-session.ts';
import { shown } from '../text/guest-text.ts';
import { parseMountInfo, visibleMounts, type Mount } from '../text/mount-info.ts';
import { deviceKey, ownDevices } from './own-devices.ts';

/** A file system that holds files of the container. */
export interface FileSystem {
  readonly mountPoint: string;
  readonly name: string;
  readonly type: string;
  /** Targets of the domain's disks that it lies on. */
  readonly disks: readonly string[];
  readonly mount: Mount;
}

/** libvirt's protocol carries as many. */
const FILE_SYSTEMS_MAX = 256;

/** What the container sees mounted, by the kernel's own word: nothing of the container is asked. */
export async function guestMounts({ process }: AgentSession): Promise<Mount[]> {
  const table = await readMountTable(process.initPid);
  return visibleMounts(parseMountInfo(table.toString('utf8')));
}

/** File systems on block devices, and those that the definition names; not those in which the kernel shows its own state. */
export async function fileSystems(session: AgentSession): Promise<FileSystem[]> {
  const { context, domain } = session;
  const [mounts, devices] = await Promise.all([guestMounts(session), ownDevices(context, domain)]);
  const named = namedPlaces(domain.definition);
  return mounts
    .filter(({ device, mountPoint }) => device.major !== 0 || named.has(mountPoint))
    .slice(0, FILE_SYSTEMS_MAX)
    .map(mount => ({
      mountPoint: shown(mount.mountPoint, 4096),
      name: shown(mount.source.startsWith('/dev/') ? basename(mount.source) : mount.source),
      type: shown(mount.type),
      disks: devices.flatMap(({ numbers, disk }) =>
        disk !== null && deviceKey(numbers) === deviceKey(mount.device) ? [disk] : [],
      ),
      mount,
    }));
}

const namedPlaces = ({ devices }: DomainDefinition): ReadonlySet<string> =>
  new Set(['/', ...devices.filesystems.map(({ target }) => target)]);

/** A program of the container answers for what is in these: it may never do so. */
const servedByPrograms = /^fuse/;

/** Null where it cannot be told. */
export async function spaceOf(session: AgentSession, { mount }: FileSystem): Promise<FileSystemSpace | null> {
  if (servedByPrograms.test(mount.type)) return null;
  const guest = await session.guest();
  try {
    return await guest.space(mount.mountPoint);
  } catch (error) {
    if (error instanceof GuestRequestFailed && !lostHelper(error)) return null;
    throw error;
  }
}
