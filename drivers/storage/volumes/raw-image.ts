import { close, constants, fstat, ftruncate, open, write } from 'node:fs';
import { promisify } from 'node:util';
import { ErrorDomain, StorageVolCreateFlags } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { allocateRange } from '../../../native/ffi/file-ranges.ts';
import { errorCode, step } from '../system-failure.ts';
import { copyContent } from './copy-content.ts';
import { fillFile } from './fill-file.ts';
import type { ImageMaker } from './image-maker.ts';

const openFile = promisify(open);
const closeFile = promisify(close);
const statOpen = promisify(fstat);
const truncate = promisify(ftruncate);
const writeFile = promisify(write);

const { O_NOFOLLOW, O_RDWR } = constants;

/** Plain bytes. */
export const rawImage: ImageMaker = {
  check({ backingStore }) {
    if (backingStore !== null)
      throw errors.noSupport('backing storage not supported for raw volumes', ErrorDomain.STORAGE);
  },
  async make(making) {
    requireNoMetadata(making.flags);
    await fillFile(making.volume, async ({ fd }) => {
      const { capacity, allocation } = making.volume.definition;
      await extend(fd, making.volume.path, { capacity: capacity ?? 0n, size: 0n, allocation: allocation ?? 0n });
    });
  },
  async copy(making, source) {
    requireNoMetadata(making.flags);
    const { capacity, allocation } = making.volume.definition;
    await fillFile(making.volume, async ({ fd }) => {
      await copyContent(source, fd, making);
      const size = (await statOpen(fd, { bigint: true })).size;
      const wanted = maximum(capacity ?? 0n, size);
      const whole = (allocation ?? 0n) >= (capacity ?? 0n);
      await extend(fd, making.volume.path, { capacity: wanted, size, allocation: whole ? wanted : 0n });
    });
  },
  async resize({ path }, capacity, allocate) {
    const fd = await step(`cannot open file '${path}'`, () => openFile(path, O_RDWR | O_NOFOLLOW));
    try {
      const { size } = await statOpen(fd, { bigint: true });
      await extend(fd, path, { capacity, size, allocation: allocate ? capacity : 0n });
    } finally {
      await closeFile(fd);
    }
  },
};

function requireNoMetadata(flags: number): void {
  if ((flags & StorageVolCreateFlags.PREALLOC_METADATA) !== 0)
    throw errors.configUnsupported('metadata preallocation is not supported for raw volumes', ErrorDomain.STORAGE);
}

/** Makes the file, which has had `size` bytes, `capacity` long, and gives the first `allocation` of them their blocks. */
async function extend(fd: number, path: string, { capacity, size, allocation }: Extent): Promise<void> {
  await step(`cannot extend file '${path}'`, () => setSize(fd, capacity));
  const length = minimum(allocation, capacity);
  if (length === 0n) return;
  try {
    await step(`cannot allocate ${length} bytes in file '${path}'`, () => allocate(fd, size, length));
  } catch (error) {
    if (size < capacity) await setSize(fd, size);
    throw error;
  }
}

interface Extent {
  readonly capacity: bigint;
  readonly size: bigint;
  readonly allocation: bigint;
}

/** Node takes sizes that its numbers can count exactly; no file system here has files beyond. */
async function setSize(fd: number, size: bigint): Promise<void> {
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw Object.assign(new Error('too large'), { code: 'EFBIG' });
  await truncate(fd, Number(size));
}

async function allocate(fd: number, size: bigint, length: bigint): Promise<void> {
  try {
    await allocateRange(fd, 0n, length);
  } catch (error) {
    if (!['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(errorCode(error) ?? '')) throw error;
    if (length > size) await writeZeros(fd, size, length - size);
  }
}

/** For file systems that do not allocate: only where the file has had nothing yet. */
async function writeZeros(fd: number, from: bigint, length: bigint): Promise<void> {
  const zeros = Buffer.alloc(1 << 20);
  for (let at = from; at < from + length; at += BigInt(zeros.length)) {
    const piece = minimum(from + length - at, BigInt(zeros.length));
    await writeFile(fd, zeros, 0, Number(piece), Number(at));
  }
}

const minimum = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const maximum = (a: bigint, b: bigint): bigint => (a > b ? a : b);
