import type { SecurityModel } from '../../contract/node.ts';
import type { CapabilitiesFacts, GuestFacts, NumaCell } from '../../xml/capabilities/capabilities.ts';
import { EMULATOR, guestArchitectures } from '../../xml/domain/defaults.ts';
import { cacheBanks } from './caches.ts';
import { cellCpus, cellDistances, cellIds, cellMemory } from './cells.ts';
import { cpuPlace } from './cpu.ts';
import type { HostFiles } from './host-files.ts';
import { hugePageSizes, pageCount, systemPageSize } from './pages.ts';
import { suspendTargets } from './suspend.ts';

/** The host as the capabilities document describes it. */
export function capabilitiesFacts(files: HostFiles, hostUuid: string, model: SecurityModel): CapabilitiesFacts {
  const { native, sibling } = guestArchitectures();
  const pageSizes = [systemPageSize, ...hugePageSizes(files)];
  return {
    hostUuid,
    arch: native,
    pageSizes,
    powerManagement: suspendTargets(files),
    iommu: files.names('/sys/kernel/iommu_groups').length > 0,
    cells: cellIds(files).map(id => cell(files, id, pageSizes)),
    caches: cacheBanks(files),
    securityModels: [{ ...model, baseLabels: [] }],
    guests: [guest(native, 64), ...(sibling === null ? [] : [guest(sibling, 32)])],
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
