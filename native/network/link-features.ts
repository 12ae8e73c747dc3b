import { ethtool } from '../ffi/ethtool.ts';

/** Commands of ethtool, and its number of the set of strings that names features. */
const GET_STRINGS = 0x1b;
const GET_STRING_SET_SIZES = 0x37;
const GET_FEATURES = 0x3a;
const FEATURE_NAMES = 4;
const STRING_SIZE = 32;

/** A kernel has some sixty. */
const FEATURES_MAX = 1024;

/** struct ethtool_gfeatures: command and size, then four words for each 32 features, of which the third tells those that are on. */
const HEADER = 8;
const BLOCK = 16;
const ACTIVE_AT = 8;

/** What links take off the CPU, by the kernel's names for it ("tx-generic-segmentation"). */
export class LinkFeatures {
  /** By their bits, which differ between kernels; the same for all links of one. */
  #names: readonly string[] | null = null;

  /** Those that are on. Null when the link does not tell, or there is none. */
  of(link: string): ReadonlySet<string> | null {
    try {
      const names = (this.#names ??= featureNames(link));
      return activeFeatures(link, names);
    } catch (error) {
      if (error instanceof Error && 'syscall' in error) return null;
      throw error;
    }
  }
}

function featureNames(link: string): string[] {
  const sizes = Buffer.alloc(20);
  sizes.writeUInt32LE(GET_STRING_SET_SIZES, 0);
  sizes.writeBigUInt64LE(1n << BigInt(FEATURE_NAMES), 8);
  ethtool(link, sizes);
  const count = Math.min(sizes.readUInt32LE(16), FEATURES_MAX);
  const strings = Buffer.alloc(12 + count * STRING_SIZE);
  strings.writeUInt32LE(GET_STRINGS, 0);
  strings.writeUInt32LE(FEATURE_NAMES, 4);
  strings.writeUInt32LE(count, 8);
  ethtool(link, strings);
  return Array.from({ length: count }, (_, at) => {
    const start = 12 + at * STRING_SIZE;
    return strings.toString('latin1', start, start + STRING_SIZE).replace(/\0.*$/s, '');
  });
}

function activeFeatures(link: string, names: readonly string[]): ReadonlySet<string> {
  const blocks = Math.ceil(names.length / 32);
  const request = Buffer.alloc(HEADER + blocks * BLOCK);
  request.writeUInt32LE(GET_FEATURES, 0);
  request.writeUInt32LE(blocks, 4);
  ethtool(link, request);
  const isOn = (bit: number): boolean => {
    const word = request.readUInt32LE(HEADER + (bit >> 5) * BLOCK + ACTIVE_AT);
    return ((word >>> (bit & 31)) & 1) === 1;
  };
  return new Set(names.filter((_, bit) => isOn(bit)));
}
