import { backingPath } from './backing-path.ts';
import { raw, type ImageFormat } from './image-facts.ts';
import { qcow2 } from './qcow2.ts';
import { vmdk } from './vmdk.ts';

/** Byte by byte: nearly always the first one decides. */
function startsWith(head: Buffer, magic: string, at = 0): boolean {
  for (let index = 0; index < magic.length; index += 1) if (head[at + index] !== magic.charCodeAt(index)) return false;
  return true;
}

const SECTOR = 512n;

const qcow: ImageFormat = {
  matches: head => head.length >= 48 && startsWith(head, 'QFI\xfb\0\0\0\x01'),
  async describe(head, file) {
    const offset = head.readBigUInt64BE(8);
    const path = offset === 0n ? null : await backingPath(file, offset, head.readUInt32BE(16));
    const backing = path === null ? null : { path, format: 'qcow' };
    const encryption = head.readUInt32BE(36) === 1 ? ('qcow' as const) : null;
    return { ...raw, format: 'qcow', capacity: head.readBigUInt64BE(24), backing, encryption };
  },
};

const QED_BACKING = 1n << 0n;
const QED_BACKING_IS_RAW = 1n << 2n;

const qed: ImageFormat = {
  matches: head => head.length >= 64 && startsWith(head, 'QED\0'),
  async describe(head, file) {
    const features = head.readBigUInt64LE(16);
    const path =
      (features & QED_BACKING) === 0n
        ? null
        : await backingPath(file, BigInt(head.readUInt32LE(56)), head.readUInt32LE(60));
    const format = (features & QED_BACKING_IS_RAW) === 0n ? null : 'raw';
    const backing = path === null ? null : { path, format };
    return { ...raw, format: 'qed', capacity: head.readBigUInt64LE(48), backing };
  },
};

const vdi: ImageFormat = {
  matches: head => head.length >= 0x178 && startsWith(head, '\x7f\x10\xda\xbe\x01\0\x01\0', 0x40),
  describe: head => ({ ...raw, format: 'vdi', capacity: head.readBigUInt64LE(0x170) }),
};

const vpc: ImageFormat = {
  matches: head => head.length >= 512 && startsWith(head, 'conectix') && head.readUInt32BE(12) === 0x1_0000,
  describe: head => ({ ...raw, format: 'vpc', capacity: head.readBigUInt64BE(48) }),
};

const ploop: ImageFormat = {
  matches: head => head.length >= 64 && (startsWith(head, 'WithoutFreeSpace') || startsWith(head, 'WithouFreSpacExt')),
  describe(head) {
    const sectors = head.readBigUInt64LE(36);
    return { ...raw, format: 'ploop', capacity: sectors === 0n ? null : sectors * SECTOR };
  },
};

/** Seen as raw bytes that are encrypted: the header tells where they begin. */
const luks: ImageFormat = {
  matches: head => head.length >= 592 && startsWith(head, 'LUKS\xba\xbe\0\x01'),
  describe(head, file) {
    const capacity = file.size - BigInt(head.readUInt32BE(104)) * SECTOR;
    return { ...raw, encryption: 'luks', capacity: capacity < 0n ? null : capacity };
  },
};

const luks2: ImageFormat = {
  matches: head => startsWith(head, 'LUKS\xba\xbe\0\x02'),
  describe: () => ({ ...raw, encryption: 'luks2' }),
};

/** Those that begin with something of their own. */
export const imageFormats: readonly ImageFormat[] = [qcow2, qcow, qed, vmdk, vdi, vpc, ploop, luks, luks2];
