import { attribute } from '../describe/attribute.ts';
import { child, children, group, textChild } from '../describe/element.ts';
import { checked, mapped, record, required, type Part } from '../describe/part.ts';
import { kibibytes } from '../describe/size.ts';
import { string, unsigned, unsigned64, type Text } from '../describe/text.ts';
import { childOf } from '../tree.ts';
import type { BlkioDevice, DomainDefinition, MemoryTuning } from './definition.ts';
import { unsupported, xmlError } from './errors.ts';

/** KiB from which a limit means none. */
const UNLIMITED = 9_007_199_254_740_991n;

const limit = (name: string): Part<bigint | null> =>
  mapped(
    kibibytes(name, `./memtune/${name}`),
    value => (value === UNLIMITED ? null : value),
    value => value,
  );

/** `<memtune>` */
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
    value => (value === 0n ? null : value),
  );

/** Zero is what an unset limit is. */
const nonZero = (part: Part<number | null>): Part<number | null> =>
  mapped(
    part,
    value => (value === 0 ? null : value),
    value => (value === 0 ? null : value),
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
  return [weight, readIopsSec, writeIopsSec, readBytesSec, writeBytesSec].some(
    value => value !== null && Number(value) !== 0,
  );
}

/** `<blkiotune>` */
export const blkiotune: Part<DomainDefinition['blkiotune']> = group(
  'blkiotune',
  record({ weight: nonZero(textChild('weight', lenientWeight)), devices: limitedDevices }),
);

const resourceParts = record({
  partition: textChild('partition', string),
  fibrechannel: mapped(
    child('fibrechannel', record({ appid: attribute('appid', string) })),
    value => value?.appid ?? null,
    value => (value === null ? null : { appid: value }),
  ),
});

/** `<resource>`: an element that is there must say something. */
export const resource = checked(group('resource', resourceParts), ({ partition, fibrechannel }, from) => {
  if (partition === null && fibrechannel === null && childOf(from, 'resource') !== null)
    throw xmlError('missing resource partition');
});
