import { dirname } from 'node:path';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { VolumeDefinition } from '../../xml/storage/volume-definition.ts';
import { internal } from '../errors.ts';
import { runProgram } from '../programs/run-program.ts';
import type { VolumeContent } from '../volume-backend.ts';
import type { StorageVolume } from '../volume.ts';
import { backingCapacity, openBacking } from './backing-file.ts';
import { copyContent } from './copy-content.ts';
import { fillFile } from './fill-file.ts';
import { ImageChain, seen, type ChainContext, type ImageFile } from './image-chain.ts';
import type { ImageMaker, Making } from './image-maker.ts';
import { imageOptions } from './image-options.ts';
import type { Passphrases } from './passphrases.ts';

const KIBI = 1024n;
const SECTOR = 512n;
/** Creating an image is short, but for preallocated metadata of a huge one. */
const CREATE_LIMIT = 600_000;

export interface QemuContext {
  readonly passphrases: Passphrases;
  readonly volumeAt: ChainContext['volumeAt'];
}

/**
 * Images that qemu-img makes: qcow2 and its like, and everything that is encrypted. It is told of files by our descriptors,
 * and opens none by a name: neither the new one nor those that are read.
 */
export function qemuImage(context: QemuContext): ImageMaker {
  return {
    check: requireKnown,
    async make(making) {
      const { backingStore, capacity } = making.volume.definition;
      const below = backingStore === null ? 0n : await backingCapacity(backingStore);
      const size = capacity === null ? String(below) : inKibibytes(capacity);
      await fillFile(making.volume, ({ fd }) => create(context, making, fd, size));
    },
    async copy(making, source) {
      if (source.volume.definition.target.encryption !== null) return await copySealed(making, source);
      await using chain = await ImageChain.open(sourceImage(source), reading(context, making));
      const copied = making.volume.definition.backingStore === null ? copyAll : copyAbove;
      await fillFile(making.volume, ({ fd }) => copied(context, { making, source, chain, fd }));
      chain.requireUnchanged();
    },
    async resize(volume, capacity, allocate) {
      if (allocate)
        throw errors.operationUnsupported('preallocate is only supported for raw type volume', ErrorDomain.STORAGE);
      if (volume.definition.target.encryption !== null)
        throw errors.operationUnsupported('an encrypted volume cannot be resized', ErrorDomain.STORAGE);
      await resizeInPlace(context, volume, capacity);
    },
  };
}

const reading = ({ volumeAt }: QemuContext, { volume, signal }: Making): ChainContext => ({
  volumeAt,
  spare: dirname(volume.path),
  signal,
});

const sourceImage = (source: VolumeContent): ImageFile => ({
  path: source.volume.path,
  format: source.volume.definition.type === 'block' ? 'raw' : source.volume.definition.target.format,
  open: () => source.open(),
});

/** In which libvirt tells a size that somebody has asked for: up to 1023 bytes are added. */
const inKibibytes = (capacity: bigint): string => `${(capacity + KIBI - 1n) / KIBI}K`;

/** What the new image lies on is what its document says: it is written down, and not opened. `size` in qemu-img's words. */
async function create(
  { passphrases }: QemuContext,
  { volume, flags, signal }: Making,
  fd: number,
  size: string,
): Promise<void> {
  const { definition } = volume;
  const { backingStore } = definition;
  const backing = backingStore === null ? [] : ['-u', '-b', backingStore.path, '-F', backingStore.format];
  await passphrases.withFile(definition.target.encryption, async file => {
    const args = ['create', ...imageOptions(definition, flags, file), ...backing, seen(fd), size];
    await runProgram('qemu-img', args, { signal, timeLimit: CREATE_LIMIT });
  });
}

interface Copying {
  readonly making: Making;
  readonly source: VolumeContent;
  readonly chain: ImageChain;
  /** Of the new image. */
  readonly fd: number;
}

async function copyAll({ passphrases }: QemuContext, { making, source, chain, fd }: Copying): Promise<void> {
  const { volume, flags, signal } = making;
  const { definition } = volume;
  await passphrases.withFile(definition.target.encryption, async file => {
    const options = imageOptions(definition, flags, file).map(option => (option === '-f' ? '-O' : option));
    await runProgram('qemu-img', ['convert', ...options, chain.name, seen(fd)], { signal, timeLimit: 0 });
  });
  const capacity = definition.capacity ?? 0n;
  if (capacity > (source.volume.definition.capacity ?? 0n))
    await resize(['-f', definition.target.format ?? 'raw', seen(fd)], capacity);
}

/** Only what the source has beyond what both lie on. As in libvirt, both lie on the same. */
async function copyAbove(context: QemuContext, { making, source, chain, fd }: Copying): Promise<void> {
  const { backingStore, capacity, target } = making.volume.definition;
  if (backingStore === null) return;
  const { path, format } = backingStore;
  if (target.encryption !== null)
    throw errors.configUnsupported('an encrypted copy cannot have a backing store', ErrorDomain.STORAGE);
  if (chain.below !== null && chain.below !== path) throw internal('a different backing store cannot be specified.');
  await using other =
    chain.below === null
      ? await ImageChain.open({ path, format, open: () => openBacking(path) }, reading(context, making))
      : null;
  await create(context, making, fd, inKibibytes(capacity ?? source.volume.definition.capacity ?? 0n));
  const driver = target.format ?? 'qcow2';
  const name = other === null ? chain.nameBeside(fd, driver) : other.nameAbove(fd, driver);
  const args = ['convert', '-n', '-O', driver, '-B', path, '-F', format, chain.name, name];
  await runProgram('qemu-img', args, { signal: making.signal, timeLimit: 0 });
  other?.requireUnchanged();
}

async function resizeInPlace({ volumeAt }: QemuContext, volume: StorageVolume, capacity: bigint): Promise<void> {
  const { path, definition } = volume;
  const open = volumeAt(path);
  if (open === null) throw internal(`volume '${volume.name}' has gone`);
  const context = { volumeAt, spare: null, signal: new AbortController().signal };
  await using chain = await ImageChain.open({ path, format: definition.target.format, open }, context);
  chain.releaseTop();
  await resize([...(capacity < (definition.capacity ?? 0n) ? ['--shrink'] : []), chain.name], capacity);
}

async function resize(image: readonly string[], capacity: bigint): Promise<void> {
  const size = ((capacity + SECTOR - 1n) / SECTOR) * SECTOR;
  await runProgram('qemu-img', ['resize', ...image, String(size)]);
}

/** What is sealed is copied as it is: it opens with the same passphrase. */
async function copySealed(making: Making, source: VolumeContent): Promise<void> {
  const { target } = source.volume.definition;
  const wanted = making.volume.definition.target;
  if (wanted.format !== target.format || wanted.encryption?.format !== target.encryption?.format)
    throw errors.configUnsupported('an encrypted volume can only be copied as it is', ErrorDomain.STORAGE);
  await fillFile(making.volume, ({ fd }) => copyContent(source, fd, making));
}

function requireKnown({ target: { format, encryption, compat, features } }: VolumeDefinition): void {
  if (encryption !== null && format !== 'raw' && format !== 'qcow2')
    throw errors.configUnsupported(`volume encryption unsupported with format ${format}`, ErrorDomain.STORAGE);
  if (encryption === null && format === 'ploop')
    throw errors.internalError('unable to find ploop, please install ploop tools', ErrorDomain.STORAGE);
  if (features?.includes('lazy_refcounts') === true && compat === '0.10')
    throw errors.configUnsupported('lazy_refcounts not supported with compat level 0.10', ErrorDomain.STORAGE);
}
