import type { EncryptionFormat, VolumeFeature } from '../../xml/storage/volume-definition.ts';
import { backingPath } from './backing-path.ts';
import { raw, type ImageFacts, type ImageFormat, type ImageReader } from './image-facts.ts';

/** Of docs/interop/qcow2.txt: big-endian fields at these places. */
const AT = {
  backingOffset: 8,
  backingSize: 16,
  clusterBits: 20,
  size: 24,
  encryption: 32,
  incompatible: 72,
  compatible: 80,
  headerLength: 100,
} as const;
/** "QFI\xfb" */
const MAGIC = 0x5146_49fb;
const VERSION_2_HEADER = 72;
const VERSION_3_HEADER = 104;

const INCOMPATIBLE_DATA_FILE = 1n << 2n;
const INCOMPATIBLE_EXTENDED_L2 = 1n << 4n;
const COMPATIBLE_LAZY_REFCOUNTS = 1n << 0n;

const EXTENSION_END = 0;
const EXTENSION_BACKING_FORMAT = 0xe279_2aca;

const encryptions: readonly (EncryptionFormat | null)[] = [null, 'qcow', 'luks'];

const MIN_CLUSTER_BITS = 9;
const MAX_CLUSTER_BITS = 21;

/** Version 2 ("0.10") and 3 ("1.1"). A header that is cut off is an image of which nothing else is known. */
export const qcow2: ImageFormat = {
  matches: head => head.length >= 8 && head.readUInt32BE(0) === MAGIC && [2, 3].includes(head.readUInt32BE(4)),
  async describe(head, file) {
    const version = head.readUInt32BE(4);
    const facts = { ...raw, format: 'qcow2' };
    if (head.length < (version === 2 ? VERSION_2_HEADER : VERSION_3_HEADER)) return facts;
    const bits = head.readUInt32BE(AT.clusterBits);
    return {
      ...facts,
      capacity: head.readBigUInt64BE(AT.size),
      backing: await backing(head, file),
      encryption: encryptions[head.readUInt32BE(AT.encryption)] ?? null,
      clusterSize: bits < MIN_CLUSTER_BITS || bits > MAX_CLUSTER_BITS ? null : 1n << BigInt(bits),
      ...(version === 3 ? versionThree(head) : {}),
    };
  },
};

const versionThree = (head: Buffer): Pick<ImageFacts, 'compat' | 'features' | 'external'> => ({
  compat: '1.1',
  features: features(head),
  external: (head.readBigUInt64BE(AT.incompatible) & INCOMPATIBLE_DATA_FILE) !== 0n,
});

function features(head: Buffer): VolumeFeature[] {
  const found: VolumeFeature[] = [];
  if (head.readBigUInt64BE(AT.compatible) & COMPATIBLE_LAZY_REFCOUNTS) found.push('lazy_refcounts');
  if (head.readBigUInt64BE(AT.incompatible) & INCOMPATIBLE_EXTENDED_L2) found.push('extended_l2');
  return found;
}

async function backing(head: Buffer, file: ImageReader): Promise<ImageFacts['backing']> {
  const offset = head.readBigUInt64BE(AT.backingOffset);
  if (offset === 0n) return null;
  const path = await backingPath(file, offset, head.readUInt32BE(AT.backingSize));
  return path === null ? null : { path, format: backingFormat(head) };
}

/** Named by a header extension, among those that lie in `head`. */
function backingFormat(head: Buffer): string | null {
  let at = head.readUInt32BE(4) === 2 ? VERSION_2_HEADER : head.readUInt32BE(AT.headerLength);
  while (at + 8 <= head.length) {
    const type = head.readUInt32BE(at);
    const length = head.readUInt32BE(at + 4);
    if (type === EXTENSION_END || at + 8 + length > head.length) return null;
    if (type === EXTENSION_BACKING_FORMAT) return head.toString('utf8', at + 8, at + 8 + length);
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return null;
}
