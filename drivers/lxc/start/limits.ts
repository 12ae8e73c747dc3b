import type { Cgroup } from '../../../native/cgroup/cgroup.ts';
import type { BlkioDevice, DomainDefinition } from '../../xml/domain/definition.ts';
import { hostDevice } from '../plan/host-device.ts';
import { isBinding } from '../tuning/numa-parameters.ts';
import { applyCpuLimits } from '../vcpu/cpu-limits.ts';

/** From here on a limit of memory in KiB means none: libvirt's largest number of KiB. */
const UNLIMITED_KIB = 9007199254740991n;

const bytes = (kib: bigint): bigint | null => (kib >= UNLIMITED_KIB ? null : kib * 1024n);

/** Gives a new cgroup the limits of a definition. Throws CgroupUnavailable for one that the host cannot keep. */
export function applyLimits(cgroup: Cgroup, definition: DomainDefinition): void {
  const { numatune, memory, memtune, blkiotune } = definition;
  applyCpuLimits(cgroup, definition);
  if (numatune?.nodeset && isBinding(numatune.mode)) cgroup.setMemoryNodes(numatune.nodeset);
  cgroup.setMemoryLimit(bytes(memtune.hardLimit ?? memory));
  if (memtune.softLimit !== null) cgroup.setMemorySoftLimit(bytes(memtune.softLimit));
  // Memory and swap together may not be less than memory alone: after it.
  if (memtune.swapHardLimit !== null) cgroup.setSwapLimit(bytes(memtune.swapHardLimit));
  if (blkiotune.weight !== null) cgroup.setBlkioWeight(blkiotune.weight);
  for (const device of blkiotune.devices) applyDevice(cgroup, device);
}

function applyDevice(cgroup: Cgroup, device: BlkioDevice): void {
  const { major, minor } = hostDevice(device.path, 'block');
  cgroup.setBlkioDevice({ ...device, major, minor });
}
