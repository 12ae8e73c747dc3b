import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fdatasync,
  fsync,
  lstatSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const syncData = promisify(fdatasync);
const syncFile = promisify(fsync);

/** Files that are being written; no document's name, which ends in ".xml", is like theirs. */
const TEMPORARY_PREFIX = '.lxvirtd-';

/**
 * Replaces a file as a whole: after a crash there is the old text or the new. The temporary file is made by us alone
 * (0600, never through a symbolic link), and a symbolic link at `path` is replaced, not followed.
 *
 * `durable` waits until the disk has it; without, the file survives the daemon but not a loss of power, which is
 * enough for what lies below /run. Throws the system's error; the target is as before then.
 */
export async function replaceFile(path: string, text: string, durable: boolean): Promise<void> {
  if (durable && !isThere(path)) return await createFile(path, text);
  const { temporary, fd } = writeTemporary(path, text);
  try {
    try {
      if (durable) await syncData(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  }
  if (durable) await syncDirectory(dirname(path));
}

/**
 * A new file, durably. There is no old text to lose to a crash, so its data and its name go to the disk at once, which is
 * one wait for the file system's journal instead of two. A crash before that may leave an empty file.
 */
async function createFile(path: string, text: string): Promise<void> {
  const { temporary, fd } = writeTemporary(path, text);
  let name = temporary;
  try {
    renameSync(temporary, path);
    name = path;
    const outcomes = await Promise.allSettled([syncData(fd), syncDirectory(dirname(path))]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  } catch (error) {
    unlinkSync(name);
    throw error;
  } finally {
    closeSync(fd);
  }
}

function writeTemporary(path: string, text: string): { readonly temporary: string; readonly fd: number } {
  const temporary = join(dirname(path), `${TEMPORARY_PREFIX}${randomBytes(8).toString('hex')}`);
  const fd = openSync(temporary, 'wx', 0o600);
  try {
    writeAll(fd, Buffer.from(text));
    return { temporary, fd };
  } catch (error) {
    closeSync(fd);
    unlinkSync(temporary);
    throw error;
  }
}

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** Removes a file, durably; one that is not there is no error. */
export async function removeFile(path: string, durable: boolean): Promise<void> {
  try {
    unlinkSync(path);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  if (durable) await syncDirectory(dirname(path));
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written);
}

interface PendingSync {
  readonly current: Promise<void>;
  next: Promise<void> | null;
}

const pendingSyncs = new Map<string, PendingSync>();

/**
 * Makes the names in a directory durable. Calls that come while one is under way share the next: a hundred files
 * written at once cost two syncs of their directory.
 */
export function syncDirectory(directory: string): Promise<void> {
  const pending = pendingSyncs.get(directory);
  if (pending !== undefined) {
    pending.next ??= pending.current.then(
      () => startSync(directory),
      () => startSync(directory),
    );
    return pending.next;
  }
  return startSync(directory);
}

function startSync(directory: string): Promise<void> {
  const entry: PendingSync = { current: syncOnce(directory), next: null };
  pendingSyncs.set(directory, entry);
  return entry.current.finally(() => {
    if (pendingSyncs.get(directory) === entry && entry.next === null) pendingSyncs.delete(directory);
  });
}

async function syncOnce(directory: string): Promise<void> {
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await syncFile(fd);
  } finally {
    closeSync(fd);
  }
}
