import type { CacheBank } from '../../xml/capabilities/capabilities.ts';
import type { HostFiles } from './host-files.ts';

const cpus = '/sys/devices/system/cpu';
/** Caches nearer to a core than this are its own business. */
const lowestLevel = 3;
const types: Readonly<Record<string, CacheBank['type']>> = { Unified: 'both', Instruction: 'code', Data: 'data' };
const units = { K: 1024, M: 1024 ** 2, G: 1024 ** 3 } as const;

/** The caches that cores share, each once. */
export function cacheBanks(files: HostFiles): CacheBank[] {
  const banks = new Map<string, CacheBank>();
  for (const cpu of files.numbered(cpus, 'cpu'))
    for (const index of files.numbered(`${cpus}/cpu${cpu}/cache`, 'index')) {
      const bank = readBank(files, `${cpus}/cpu${cpu}/cache/index${index}`);
      if (bank !== null && bank.level >= lowestLevel) banks.set(`${bank.level}/${bank.type}/${bank.id}`, bank);
    }
  return [...banks.values()].sort((one, other) => one.level - other.level || one.id - other.id);
}

function readBank(files: HostFiles, directory: string): CacheBank | null {
  const id = files.number(`${directory}/id`);
  const level = files.number(`${directory}/level`);
  const type = types[files.text(`${directory}/type`) ?? ''];
  const bytes = parseSize(files.text(`${directory}/size`) ?? '');
  const shared = files.text(`${directory}/shared_cpu_list`);
  if (id === null || level === null || type === undefined || bytes === null || shared === null) return null;
  return { id, level, type, ...inLargestUnit(bytes), cpus: shared };
}

function parseSize(text: string): number | null {
  const [, count, unit] = /^(\d+)([KMG]?)$/.exec(text) ?? [];
  if (count === undefined) return null;
  return Number(count) * (unit === 'K' || unit === 'M' || unit === 'G' ? units[unit] : 1);
}

/** Whole numbers only. */
function inLargestUnit(bytes: number): Pick<CacheBank, 'size' | 'unit'> {
  if (bytes % units.M === 0) return { size: bytes / units.M, unit: 'MiB' };
  if (bytes % units.K === 0) return { size: bytes / units.K, unit: 'KiB' };
  return { size: bytes, unit: 'B' };
}
