import { attribute, content } from '../describe/attribute.ts';
import { child, children, group, textChild } from '../describe/element.ts';
import { foreign } from '../describe/foreign.ts';
import { checked, mapped, orElse, record, required, type Part } from '../describe/part.ts';
import { kibibytes } from '../describe/size.ts';
import { oneOf, parseSigned, string, unsigned, unsigned64, type Text } from '../describe/text.ts';
import { bitmap, isEverything } from '../bitmap.ts';
import type { BlkioDevice, CpuTuning, DomainDefinition, MemoryTuning, NumaTuning } from './definition.ts';
import { internalError, unsupported, xmlError } from './errors.ts';
import { normalPins } from './cpu-pins.ts';
import { cputuneForms, memnodeForms } from './forms.ts';
import { childOf } from '../tree.ts';

/** KiB from which a limit means none. */
const UNLIMITED = 9_007_199_254_740_991n;

const limit = (name: string): Part<bigint | null> =>
  mapped(
    kibibytes(name, `./memtune/${name}`),
    value => (value === UNLIMITED ? null : value),
    value => value,
  );

export const memtune: Part<MemoryTuning> = group(
  'memtune',
  record<MemoryTuning>({
    hardLimit: limit('hard_limit'),
    softLimit: limit('soft_limit'),
    minGuarantee: limit('min_guarantee'),
    swapHardLimit: limit('swap_hard_limit'),
  }),
);

const blkioNumber =
  (what: string): ((text: string) => Error) =>
  text =>
    unsupported(`could not parse ${what} ${text}`);

const iops = (name: string, what: string): Part<number | null> =>
  nonZero(textChild(name, unsigned(0xffff_ffff, blkioNumber(what))));

const bytesPerSecond = (name: string, what: string): Part<bigint | null> =>
  mapped(
    textChild(name, unsigned64(blkioNumber(what))),
    value => (value === 0n ? null : value),
    value => value,
  );

/** Zero is what an unset limit is. */
const nonZero = (part: Part<number | null>): Part<number | null> =>
  mapped(
    part,
    value => (value === 0 ? null : value),
    value => value,
  );

const blkioDevice: Part<BlkioDevice> = record<BlkioDevice>({
  path: required(textChild('path', string), () => unsupported('missing per-device path')),
  weight: nonZero(textChild('weight', unsigned(0xffff_ffff, blkioNumber('weight')))),
  readIopsSec: iops('read_iops_sec', 'read iops sec'),
  writeIopsSec: iops('write_iops_sec', 'write iops sec'),
  readBytesSec: bytesPerSecond('read_bytes_sec', 'read bytes sec'),
  writeBytesSec: bytesPerSecond('write_bytes_sec', 'write bytes sec'),
});

/** A weight that is no number is none, for all of the group. */
const lenientWeight: Text<number> = { parse: text => (/^\d{1,9}$/.test(text) ? Number(text) : 0), format: String };

/** Devices without any limit say nothing. */
const limitedDevices: Part<BlkioDevice[]> = mapped(
  children('device', blkioDevice),
  devices => {
    const paths = new Set<string>();
    for (const { path } of devices) {
      if (paths.has(path)) throw unsupported(`duplicate blkio device path '${path}'`);
      paths.add(path);
    }
    return devices.filter(isLimited);
  },
  devices => devices.filter(isLimited),
);

function isLimited({ weight, readIopsSec, writeIopsSec, readBytesSec, writeBytesSec }: BlkioDevice): boolean {
  return [weight, readIopsSec, writeIopsSec, readBytesSec, writeBytesSec].some(value => value !== null);
}

export const blkiotune: Part<DomainDefinition['blkiotune']> = group(
  'blkiotune',
  record({ weight: nonZero(textChild('weight', lenientWeight)), devices: limitedDevices }),
);

const invalidCpuset = (text: string): Error => unsupported(`Invalid value of 'cpuset': ${text}`);

const vcpuCount: Text<number> = unsigned(0xffff_ffff, () => xmlError('maximum vcpus count must be an integer'));

export const vcpu: Part<DomainDefinition['vcpu']> = mapped(
  child(
    'vcpu',
    record({
      placement: orElse(attribute('placement', oneOf(['static', 'auto'])), 'static'),
      cpuset: attribute('cpuset', bitmap(invalidCpuset)),
      current: attribute('current', unsigned()),
      max: required(content(vcpuCount), () => xmlError('maximum vcpus count must be an integer')),
    }),
  ),
  (value, from) => {
    if (childOf(from, 'vcpus') !== null) throw unsupported('individual CPU state configuration is not supported');
    const { placement, cpuset, current, max } = value ?? { placement: 'static', cpuset: null, current: null, max: 1 };
    if (max === 0) throw internalError('CPU IDs in <numa> exceed the <vcpu> count');
    if (current !== null && current > max)
      throw unsupported('maximum vCPU count must not be less than current vCPU count');
    const pinned = placement === 'auto' || cpuset === null || isEverything(cpuset) ? null : cpuset;
    return { placement, cpuset: pinned, current: current === max ? null : current, max };
  },
  value => value,
);

/** Microseconds and shares; zero is what an unset value is. */
const cpuNumber = (name: string, min: bigint, max: bigint, zeroIsNone: boolean): Part<bigint | null> =>
  mapped(
    textChild(name, cpuText(name)),
    value => {
      if (value === null || (value === 0n && zeroIsNone)) return null;
      if (value > 0n && (value < min || value > max))
        throw unsupported(`Value of cputune '${name}' must be in range [${min}, ${max}]`);
      return value;
    },
    value => value,
  );

const cpuText = (name: string): Text<bigint> => ({
  parse(text) {
    const value = parseSigned(text);
    if (value === null || (value < 0n && !name.endsWith('quota'))) throw xmlError(`can't parse cputune ${name} value`);
    return value;
  },
  format: String,
});

const period = (name: string): Part<bigint | null> => cpuNumber(name, 1000n, 1_000_000n, true);
const quota = (name: string): Part<bigint | null> => cpuNumber(name, 1000n, 17_592_186_044_415n, true);

export const cputune: Part<CpuTuning> = group(
  'cputune',
  record<CpuTuning>({
    shares: cpuNumber('shares', 2n, 262_144n, false),
    period: period('period'),
    quota: quota('quota'),
    globalPeriod: period('global_period'),
    globalQuota: quota('global_quota'),
    emulatorPeriod: period('emulator_period'),
    emulatorQuota: quota('emulator_quota'),
    iothreadPeriod: period('iothread_period'),
    iothreadQuota: quota('iothread_quota'),
    foreign: mapped(foreign(cputuneForms), normalPins, pins => pins),
  }),
);

const numaModes = ['strict', 'preferred', 'interleave', 'restrictive'] as const;

const placements = ['static', 'auto'] as const;

const numaMemory = mapped(
  record({
    mode: attribute(
      'mode',
      oneOf(numaModes, text => unsupported(`Unsupported NUMA memory tuning mode '${text}'`)),
    ),
    nodeset: attribute(
      'nodeset',
      bitmap(text => unsupported(`Invalid value of 'nodeset': ${text}`)),
    ),
    placement: attribute(
      'placement',
      oneOf(placements, text => unsupported(`Unsupported NUMA memory placement mode '${text}'`)),
    ),
  }),
  ({ mode, nodeset, placement }): Omit<NumaTuning, 'foreign'> | null => {
    if (mode === null && nodeset === null && placement === null) return null;
    if (placement === 'auto') return { mode: mode ?? 'strict', placement, nodeset: null };
    if (nodeset === null) throw unsupported("nodeset for NUMA memory tuning must be set if 'placement' is 'static'");
    return { mode: mode ?? 'strict', placement: 'static', nodeset };
  },
  value => ({
    mode: value?.mode ?? null,
    nodeset: value?.nodeset ?? null,
    placement: value?.placement === 'auto' ? ('auto' as const) : null,
  }),
);

export const numatune: Part<NumaTuning | null> = mapped(
  group('numatune', record({ memory: child('memory', numaMemory), foreign: foreign(memnodeForms) })),
  ({ memory, foreign: nodes }, from) => {
    if (childOf(from, 'numatune') !== null && nodes.length > 0 && !hasCells(from))
      throw xmlError("Element 'memnode' is invalid without any guest NUMA cells");
    return memory === null ? null : { ...memory, foreign: nodes };
  },
  value => ({ memory: value, foreign: value?.foreign ?? [] }),
);

function hasCells(from: Parameters<Part<unknown>['read']>[0]): boolean {
  const cpu = childOf(from, 'cpu');
  const numa = cpu === null ? null : childOf(cpu, 'numa');
  return numa !== null && childOf(numa, 'cell') !== null;
}

/** `<resource>`: an element that is there must say something. */
export const resource = checked(group('resource', resourceParts()), ({ partition, fibrechannel }, from) => {
  if (partition === null && fibrechannel === null && childOf(from, 'resource') !== null)
    throw xmlError('missing resource partition');
});

function resourceParts() {
  return record({
    partition: textChild('partition', string),
    fibrechannel: mapped(
      child('fibrechannel', record({ appid: attribute('appid', string) })),
      value => value?.appid ?? null,
      value => (value === null ? null : { appid: value }),
    ),
  });
}
