import { errors } from '../../../contract/error.ts';
import { tag, textTag, type DomainDocument } from '../document.ts';
import { hostMemory, kibibytes, sizeInBytes, wholeNumber } from '../sizes.ts';
import type { VzSettings } from './settings.ts';

/** Beancounters of memory count pages of 4 KiB when they have no suffix. */
const PAGE = 4096n;

/** What OpenVZ writes for "no limit": the largest number of a long. */
const NO_LIMIT = 0x7fff_ffff_ffff_ffffn;

/** Parameters that count or reserve what this kernel accounts as part of the container's memory. */
const accounted =
  'KMEMSIZE LOCKEDPAGES SHMPAGES VMGUARPAGES OOMGUARPAGES TCPSNDBUF TCPRCVBUF OTHERSOCKBUF DGRAMRCVBUF DCACHESIZE'.split(
    ' ',
  );

/** Memory, CPU and I/O. OpenVZ sets more limits than there are elements: the others are told. */
export function addLimits(document: DomainDocument, settings: VzSettings): void {
  const physical = pages(settings.pair('PHYSPAGES')?.limit);
  const virtual = pages(settings.pair('PRIVVMPAGES')?.limit);
  const swap = pages(settings.pair('SWAPPAGES')?.limit);
  const memory = physical ?? virtual;
  document.add('domain', textTag('memory', memory ?? hostMemory()));
  if (memory !== null) document.add('memtune', tag('hard_limit', { unit: 'KiB' }, String(memory)));
  if (memory !== null && swap !== null)
    document.add('memtune', tag('swap_hard_limit', { unit: 'KiB' }, String(memory + swap)));
  if (physical === null && virtual !== null) document.tell('PRIVVMPAGES limits virtual memory; taken for memory');
  addCpu(document, settings);
  addIo(document, settings);
  for (const key of accounted) {
    const value = settings.get(key);
    if (value !== null) document.tell(`${key}="${value}" (part of the memory here)`);
  }
}

/** KiB; null without a limit. Throws internalError for a figure that is none. */
function pages(text: string | undefined): bigint | null {
  if (text === undefined || text === '' || text === 'unlimited') return null;
  const bytes = /^\d+$/.test(text) ? wholeNumber(text) * PAGE : sizeInBytes(text);
  return bytes >= NO_LIMIT ? null : kibibytes(bytes);
}

/** 1,000 units are a container's usual weight, as 1,024 shares are a cgroup's. A limit is in percent of one CPU. */
function addCpu(document: DomainDocument, settings: VzSettings): void {
  const units = settings.get('CPUUNITS');
  const percent = settings.get('CPULIMIT')?.replace(/%$/, '') ?? null;
  if (units !== null) document.add('cputune', textTag('shares', (wholeNumber(units) * 1024n) / 1000n));
  if (percent !== null && wholeNumber(percent) > 0n) {
    document.add('cputune', textTag('period', 100_000n), textTag('quota', wholeNumber(percent) * 1000n));
  }
  const mask = settings.get('CPUMASK');
  const cpuset = mask === 'all' || mask === 'auto' ? null : mask;
  document.add('domain', tag('vcpu', { placement: 'static', cpuset }, settings.get('CPUS') ?? '1'));
  const nodes = settings.get('NODEMASK');
  if (nodes !== null && nodes !== 'all')
    document.add('domain', tag('numatune', {}, tag('memory', { mode: 'strict', nodeset: nodes })));
}

/** Priorities go from 0 to 7, with 4 as the usual; weights of 500 are a cgroup's usual. */
function addIo(document: DomainDocument, settings: VzSettings): void {
  const priority = settings.get('IOPRIO');
  if (priority === null) return;
  if (!/^[0-7]$/.test(priority)) throw errors.internalError(`IOPRIO must be 0 to 7, not '${priority}'`);
  document.add('blkiotune', textTag('weight', 100 * (Number(priority) + 1)));
}
