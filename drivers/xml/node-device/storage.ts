import { textChild } from '../describe/element.ts';
import { absent, mapped, record, type Mode, type Part } from '../describe/part.ts';
import { unsigned64 } from '../describe/text.ts';
import type { XmlElement } from '../tree.ts';
import type { RemovableMedia, StorageCapability, StorageSize } from './definition.ts';
import { optionalText, requiredText, requireKnownCapabilities, subCapability } from './parts.ts';
import { internalError } from './refusals.ts';

/** The longest that libvirt's documents of drives are; "hotpluggable" is echoed by nothing here. */
const storageCapabilities = ['removable', 'hotpluggable'];

const amount = (name: string, what: string): Part<bigint | null> =>
  textChild(
    name,
    unsigned64(() => internalError(`invalid ${what} supplied`)),
  );

const blocks = record({
  blockSize: amount('logical_block_size', 'logical block size'),
  blocks: amount('num_blocks', 'number of blocks'),
});

function sized(bytes: bigint | null, { blockSize, blocks }: ReturnType<typeof blocksOf>): StorageSize | null {
  return bytes === null ? null : { bytes, blockSize, blocks };
}

const blocksOf = (from: XmlElement, mode: Mode): { blockSize: bigint; blocks: bigint } => {
  const { blockSize, blocks: count } = blocks.read(from, mode);
  return { blockSize: blockSize ?? 0n, blocks: count ?? 0n };
};

/** An amount that is not known is not written. */
const shown = (value: StorageSize | null) => ({
  blockSize: value === null || value.blockSize === 0n ? null : value.blockSize,
  blocks: value === null || value.blocks === 0n ? null : value.blocks,
});

const media: Part<RemovableMedia> = {
  read(from, mode) {
    const bytes = amount('media_size', 'removable media size').read(from, mode);
    if (bytes === null) throw internalError('no removable media size supplied');
    return {
      available: optionalText('media_available').read(from, mode) === '1',
      label: optionalText('media_label').read(from, mode),
      size: sized(bytes, blocksOf(from, mode)),
    };
  },
  write({ available, label, size }, to, mode) {
    optionalText('media_available').write(available ? '1' : '0', to, mode);
    amount('media_size', '').write(size?.bytes ?? 0n, to, mode);
    optionalText('media_label').write(label, to, mode);
    blocks.write(shown(size), to, mode);
  },
};

const fixedSize: Part<StorageSize | null> = {
  read: (from, mode) => sized(amount('size', 'size').read(from, mode), blocksOf(from, mode)),
  write(value, to, mode) {
    if (value === null) return;
    amount('size', '').write(value.bytes, to, mode);
    blocks.write(shown(value), to, mode);
  },
};

const body: Part<StorageCapability> = record({
  type: absent('storage'),
  block: requiredText('block', 'block device path'),
  bus: optionalText('bus'),
  driveType: mapped(
    optionalText('drive_type'),
    value => value ?? '',
    value => (value === '' ? null : value),
  ),
  model: optionalText('model'),
  vendor: optionalText('vendor'),
  serial: optionalText('serial'),
  removable: subCapability('removable', media),
  size: fixedSize,
});

/** A drive: a disk, or one whose media come and go. */
export const storage: Part<StorageCapability> = {
  read(from, mode) {
    const value = body.read(from, mode);
    requireKnownCapabilities(from, storageCapabilities, type =>
      internalError(`unknown storage capability type '${type}'`),
    );
    if (value.removable === null && value.size === null) throw internalError('no size supplied');
    return value;
  },
  write: (value, to, mode) => body.write(value, to, mode),
};
