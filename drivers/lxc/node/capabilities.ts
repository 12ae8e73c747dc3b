import { machine } from 'node:os';
import type { SecurityModel } from '../../contract/node.ts';
import type { CapabilitiesFacts, GuestFacts, NumaCell } from '../../xml/capabilities/capabilities.ts';
import { EMULATOR } from '../../xml/domain/defaults.ts';
import { cacheBanks } from './caches.ts';
import { cellCpus, cellDistances, cellIds, cellMemory } from './cells.ts';
import { cpuPlace } from './cpu.ts';
import type { HostFiles } from './host-files.ts';
import { hugePageSizes, pageCount, systemPageSize } from './pages.ts';
import { suspendTargets } from './suspend.ts';

/** libvirt's names of architectures where the kernel has others, and the 32-bit one that the same CPU runs. */
const architectures: Readonly<Record<string, { name: string; sibling: string | null }>> = {
  x86_64: { name: 'x86_64', sibling: 'i686' },
  aarch64: { name: 'aarch64', sibling: 'armv7l' },
  ppc64le: { name: 'ppc64le', sibling: null },
  riscv64: { name: 'riscv64', sibling: null },
  loongarch64: { name: 'loongarch64', sibling: null },
};

/** The host as the capabilities document describes it. */
export function capabilitiesFacts(files: HostFiles, hostUuid: string, model: SecurityModel): CapabilitiesFacts {
  const { name, sibling } = architectures[machine()] ?? { name: machine(), sibling: null };
  const pageSizes = [systemPageSize, ...hugePageSizes(files)];
  return {
    hostUuid,
    arch: name,
    pageSizes,
    powerManagement: suspendTargets(files),
    iommu: files.names('/sys/kernel/iommu_groups').length > 0,
    cells: cellIds(files).map(id => cell(files, id, pageSizes)),
    caches: cacheBanks(files),
    securityModels: [{ ...model, baseLabels: [] }],
    guests: [guest(name, 64), ...(sibling === null ? [] : [guest(sibling, 32)])],
  };
}

const guest = (arch: string, wordSize: 32 | 64): GuestFacts => ({ arch, wordSize, emulator: EMULATOR });

const cell = (files: HostFiles, id: number, pageSizes: readonly number[]): NumaCell => ({
  id,
  memory: cellMemory(files, id).get('MemTotal') ?? 0n,
  pages: pageSizes.map(size => ({ size, count: pageCount(files, id, size) })),
  distances: cellDistances(files, id),
  cpus: cellCpus(files, id).map(number => ({ id: number, place: cpuPlace(files, number) })),
});
