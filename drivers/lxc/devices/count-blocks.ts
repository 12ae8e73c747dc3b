import type { LxcContext } from '../context.ts';
import type { ContainerProcess } from '../process/container-process.ts';
import type { OwnDevice } from './device-table.ts';

/** Has the kernel count what a container reads from and writes to its disks. Where it cannot, there are no figures. */
export async function countBlocks(
  { log }: Pick<LxcContext, 'log'>,
  { cgroup }: ContainerProcess,
  devices: Iterable<OwnDevice>,
): Promise<void> {
  if (!cgroup.has('blkio')) return;
  for (const { kind, major, minor } of devices) {
    if (kind !== 'block') continue;
    try {
      await cgroup.countBlockDevice(major, minor);
    } catch (error) {
      log.info({ cgroup: cgroup.path, device: `${major}:${minor}`, error }, 'The I/O of a device is not counted');
    }
  }
}
