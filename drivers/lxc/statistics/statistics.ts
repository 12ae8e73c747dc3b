import type { BlockFigures } from '../../../native/cgroup/cgroup.ts';
import { noBlocks } from '../../../native/cgroup/figures.ts';
import { DomainMemoryStatTags as Tag, ErrorDomain } from '../../contract/constants.ts';
import type { DomainRef, MemoryStat } from '../../contract/domain.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { DomainStatistics } from '../../contract/hypervisor.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain, RunningDomain } from '../domain.ts';
import { cgroupOf } from '../tuning/cgroup-call.ts';
import { attachedImages } from './attached-images.ts';
import { blockDeviceOf, type AttachedTo } from './block-device.ts';
import { cpuStats } from './cpu-stats.ts';
import { interfaceStats } from './interface-stats.ts';

/** What running domains have used: the kernel's figures, read when they are asked for. */
export function statistics({ domains, images }: Pick<LxcContext, 'domains' | 'images'>): DomainStatistics {
  const blocks = (domain: LxcDomain, path: string): BlockFigures =>
    blockFigures(domain, path, attachedImages(images, domain.name));
  const find = (ref: DomainRef): LxcDomain & { running: RunningDomain } => running(domains.find(ref));
  return {
    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainGetCpuStats(ref, startCpu, ncpus, flags) {
      checkFlags(flags, 0, 'lxcDomainGetCPUStats');
      return cpuStats(cgroupOf(find(ref), 'cpuacct'), startCpu, ncpus);
    },

    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainMemoryStats(ref, flags) {
      checkFlags(flags, 0, 'lxcDomainMemoryStats');
      return memoryStats(find(ref));
    },

    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainBlockStats(ref, path) {
      return { ...blocks(find(ref), path), errors: -1n };
    },

    domainBlockStatsCount(ref, flags) {
      checkFlags(flags, 0, 'lxcDomainBlockStatsFlags');
      domains.find(ref);
      return blockParameters.length;
    },

    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainBlockStatsFlags(ref, path, flags) {
      checkFlags(flags, 0, 'lxcDomainBlockStatsFlags');
      const figures = blocks(find(ref), path);
      return blockParameters.map(([field, figure]) => ({ field, type: 'llong', value: figures[figure] }));
    },

    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainInterfaceStats(ref, device) {
      const domain = find(ref);
      return interfaceStats(domain, domain.running, device);
    },
  };
}

function running(domain: LxcDomain): LxcDomain & { running: RunningDomain } {
  const { running } = domain;
  if (running === null) throw errors.operationInvalid('domain is not running', ErrorDomain.DOMAIN);
  return { ...domain, running };
}

const blockParameters: readonly (readonly [field: string, figure: keyof BlockFigures])[] = [
  ['wr_bytes', 'writeBytes'],
  ['wr_operations', 'writeRequests'],
  ['rd_bytes', 'readBytes'],
  ['rd_operations', 'readRequests'],
];

/** libvirt's driver calls all that the container uses "rss", and what it uses of memory and swap together "swap in". */
function memoryStats(domain: LxcDomain): MemoryStat[] {
  const figures = cgroupOf(domain, 'memory').memory();
  const stats: MemoryStat[] = [{ tag: Tag.ACTUAL_BALLOON, value: domain.definition.currentMemory }];
  if (figures === null) return stats;
  if (figures.swapUsage !== null) stats.push({ tag: Tag.SWAP_IN, value: figures.swapUsage / 1024n });
  stats.push({ tag: Tag.RSS, value: figures.usage / 1024n });
  return stats;
}

/** An empty path is the container as a whole; a device without any I/O yet has no figures. */
function blockFigures(domain: LxcDomain, path: string, attachedTo: AttachedTo): BlockFigures {
  const cgroup = cgroupOf(domain, 'blkio');
  if (path === '') return cgroup.block() ?? noBlocks;
  const { major, minor } = blockDeviceOf(domain.definition, path, attachedTo);
  return cgroup.blocks()?.get(`${major}:${minor}`) ?? noBlocks;
}
