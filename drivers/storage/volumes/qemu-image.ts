import { open } from 'node:fs/promises';
import { close, constants } from 'node:fs';
import { promisify } from 'node:util';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { VolumeDefinition } from '../../xml/storage/volume-definition.ts';
import { runProgram } from '../programs/run-program.ts';
import { step } from '../system-failure.ts';
import type { VolumeContent } from '../volume-backend.ts';
import type { StorageVolume } from '../volume.ts';
import { copyContent } from './copy-content.ts';
import type { ImageMaker, Making } from './image-maker.ts';
import { imageOptions } from './image-options.ts';
import type { Passphrases } from './passphrases.ts';
import type { TrustedChain } from './trusted-chain.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;
const closeFile = promisify(close);
const DEFAULT_MODE = 0o600;
const KIBI = 1024n;
/** Creating an image is short, but for preallocated metadata of a huge one. */
const CREATE_LIMIT = 600_000;

export interface QemuContext {
  readonly passphrases: Passphrases;
  /** Throws when an image leads to files that are no volumes. */
  readonly requireTrusted: TrustedChain;
}

/** Images that qemu-img makes: qcow2 and its like, and everything that is encrypted. */
export function qemuImage({ passphrases, requireTrusted }: QemuContext): ImageMaker {
  const withOptions = (making: Making, use: (options: string[]) => Promise<void>): Promise<void> =>
    passphrases.withFile(making.volume.definition.target.encryption, file =>
      use(imageOptions(making.volume.definition, making.flags, file)),
    );

  return {
    check: requireKnown,
    async make(making) {
      const { definition } = making.volume;
      const { signal } = making;
      await requireBacking(definition);
      await filling(making.volume, path =>
        withOptions(making, async options => {
          const size = `${((definition.capacity ?? 0n) + KIBI - 1n) / KIBI}K`;
          const sizes = definition.backingStore !== null && definition.capacity === null ? [] : [size];
          await runProgram('qemu-img', ['create', ...options, path, ...sizes], { signal, timeLimit: CREATE_LIMIT });
        }),
      );
    },
    async copy(making, source) {
      if (source.volume.definition.target.encryption !== null) return await copySealed(making, source);
      await requireTrusted(source.volume);
      const { volume, signal } = making;
      const from = source.volume.definition.target.format ?? 'raw';
      await filling(volume, path =>
        withOptions(making, async options => {
          await opened(source, rawIfOptical(from), async place => {
            const convert = ['convert', '-f', rawIfOptical(from), ...options.map(asOutput), place, path];
            await runProgram('qemu-img', convert, { signal, timeLimit: 0 });
          });
          const capacity = volume.definition.capacity ?? 0n;
          if (capacity > (source.volume.definition.capacity ?? 0n)) await resize(volume, capacity, false);
        }),
      );
    },
    async resize(volume, capacity, allocate) {
      if (allocate)
        throw errors.operationUnsupported('preallocate is only supported for raw type volume', ErrorDomain.STORAGE);
      if (volume.definition.target.encryption !== null)
        throw errors.operationUnsupported('an encrypted volume cannot be resized', ErrorDomain.STORAGE);
      await requireTrusted(volume);
      await resize(volume, capacity, capacity < (volume.definition.capacity ?? 0n));
    },
  };
}

/**
 * Plain bytes are read by way of our descriptor: the file that was looked at, whatever has taken its place. Names of files
 * below an image count from where it lies.
 */
async function opened(source: VolumeContent, format: string, use: (place: string) => Promise<void>): Promise<void> {
  if (format !== 'raw') return await use(source.volume.path);
  const { path } = source.volume;
  const fd = await step(`Failed to open storage volume with path '${path}'`, () => source.open());
  try {
    await use(`/proc/${process.pid}/fd/${fd}`);
  } finally {
    await closeFile(fd);
  }
}

/** qemu-img names the format that it writes -f when it creates, and -O when it converts. */
const asOutput = (option: string): string => (option === '-f' ? '-O' : option === '-b' ? '-B' : option);

const rawIfOptical = (format: string): string => (format === 'iso' ? 'raw' : format);

const SECTOR = 512n;

async function resize({ path, definition }: StorageVolume, capacity: bigint, shrink: boolean): Promise<void> {
  const size = ((capacity + SECTOR - 1n) / SECTOR) * SECTOR;
  const format = definition.target.format ?? 'raw';
  await runProgram('qemu-img', ['resize', ...(shrink ? ['--shrink'] : []), '-f', format, path, String(size)]);
}

/** What is sealed is copied as it is: it opens with the same passphrase. */
async function copySealed(making: Making, source: VolumeContent): Promise<void> {
  const { target } = source.volume.definition;
  const wanted = making.volume.definition.target;
  if (wanted.format !== target.format || wanted.encryption?.format !== target.encryption?.format)
    throw errors.configUnsupported('an encrypted volume can only be copied as it is', ErrorDomain.STORAGE);
  await filling(making.volume, async path => {
    const file = await open(path, O_RDWR | O_NOFOLLOW);
    try {
      await copyContent(source, file.fd, making);
    } finally {
      await file.close();
    }
  });
}

/** The file is made before the program runs: nobody else can read it, and no link leads elsewhere. Its rights are set by its descriptor. */
async function filling({ path, definition }: StorageVolume, fill: (path: string) => Promise<void>): Promise<void> {
  await using file = await step(`cannot create path '${path}'`, () =>
    open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, DEFAULT_MODE),
  );
  await fill(path);
  const { mode, owner, group } = definition.target.permissions ?? { mode: null, owner: null, group: null };
  if (owner !== null || group !== null)
    await step(`unable to chown '${path}'`, () => file.chown(owner ?? -1, group ?? -1));
  await step(`cannot set mode of '${path}'`, () => file.chmod(mode ?? DEFAULT_MODE));
}

function requireKnown({ target: { format, encryption, compat, features } }: VolumeDefinition): void {
  if (encryption !== null && format !== 'raw' && format !== 'qcow2')
    throw errors.configUnsupported(`volume encryption unsupported with format ${format}`, ErrorDomain.STORAGE);
  if (encryption === null && format === 'ploop')
    throw errors.internalError('unable to find ploop, please install ploop tools', ErrorDomain.STORAGE);
  if (features?.includes('lazy_refcounts') === true && compat === '0.10')
    throw errors.configUnsupported('lazy_refcounts not supported with compat level 0.10', ErrorDomain.STORAGE);
}

async function requireBacking({ backingStore }: VolumeDefinition): Promise<void> {
  if (backingStore === null) return;
  const { path } = backingStore;
  await step(`inaccessible backing store volume ${path}`, async () => {
    // Without waiting for the other end of a pipe.
    await using file = await open(path, O_RDONLY | O_NONBLOCK);
    if ((await file.stat()).isFIFO()) throw Object.assign(new Error('a pipe'), { code: 'EINVAL' });
  });
}
