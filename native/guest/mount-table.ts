import { open } from 'node:fs/promises';
import { constants } from 'node:os';
import { GuestRequestFailed } from './request-failed.ts';

/** Bytes, many times what a container needs: it may have mounted a hundred thousand things with names of any length. */
const LIMIT = 1 << 22;

/**
 * What a process sees mounted, as proc_pid_mountinfo(5) writes it. Rejects with GuestRequestFailed EFBIG when that is
 * more than 4 MiB; ENOENT or EINVAL, as a system error, when the process is gone.
 */
export async function readMountTable(pid: number): Promise<Buffer> {
  await using file = await open(`/proc/${pid}/mountinfo`);
  const chunks: Buffer[] = [];
  for (let total = 0; ;) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(1 << 16));
    if (bytesRead === 0) return Buffer.concat(chunks);
    total += bytesRead;
    if (total > LIMIT) throw new GuestRequestFailed('mountinfo', null, constants.errno.EFBIG);
    chunks.push(Buffer.from(buffer.subarray(0, bytesRead)));
  }
}
