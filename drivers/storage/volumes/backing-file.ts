import { close, constants, fstat, open } from 'node:fs';
import { promisify } from 'node:util';
import { deviceSize } from '../../../native/ffi/device-size.ts';
import type { BackingStore } from '../../xml/storage/volume-definition.ts';
import { internal } from '../errors.ts';
import { step } from '../system-failure.ts';
import { imageFacts } from './describe-volume.ts';

const openFile = promisify(open);
const statOpen = promisify(fstat);
const closeFile = promisify(close);

/** Opens what a document names as the file below; the caller closes it. Without waiting for the other end of a pipe. */
export const openBacking = (path: string): Promise<number> =>
  step(`inaccessible backing store volume ${path}`, async () => {
    const fd = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = await statOpen(fd);
    if (status.isFile() || status.isBlockDevice()) return fd;
    await closeFile(fd);
    throw Object.assign(new Error('no file'), { code: 'EINVAL' });
  });

/** How large what lies below a new image is, in bytes. Throws internalError for what is no image of the format that is said. */
export async function backingCapacity({ path, format }: BackingStore): Promise<bigint> {
  const fd = await openBacking(path);
  try {
    const status = await statOpen(fd, { bigint: true });
    const size = status.isBlockDevice() ? deviceSize(fd) : status.size;
    if (format === 'raw' || status.isBlockDevice()) return size;
    const facts = await step(`cannot open file '${path}'`, () => imageFacts(`/proc/self/fd/${fd}`, path));
    if (facts.format !== format) throw internal(`the backing store '${path}' is no image of format '${format}'`);
    return facts.capacity ?? size;
  } finally {
    await closeFile(fd);
  }
}
