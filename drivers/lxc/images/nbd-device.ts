import { closeSync, constants, fsync, openSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { disconnectNbd } from '../../../native/ffi/nbd.ts';
import { runTool } from '../../../native/tools/run-tool.ts';
import { isMissing } from '../../files/atomic-file.ts';
import { startFailure } from '../plan/start-failure.ts';

const BLOCK_DEVICES = '/sys/block';
const sync = promisify(fsync);

/** How long what is mounted from a device may take to go after the container, in ms. */
const BUSY_LIMIT = 10_000;
/** Milliseconds between looks at a device or process. */
export const PAUSE = 10;

/** "nbd0", "nbd1", …: the devices of the kernel's nbd driver. */
function nbdNames(): string[] {
  return readdirSync(BLOCK_DEVICES)
    .filter(name => /^nbd\d+$/.test(name))
    .sort((a, b) => Number(a.slice(3)) - Number(b.slice(3)));
}

/** Fails the start where the kernel has no nbd driver. */
export async function loadNbdDriver(): Promise<void> {
  if (nbdNames().length > 0) return;
  const failure = await runTool('modprobe', ['--use-blacklist', 'nbd']).then(() => undefined, String);
  if (nbdNames().length === 0) throw startFailure('internal error: Failed to load nbd module', failure);
}

/** The path of a device that nobody uses and that is not `taken`. Fails the start when there is none. */
export function freeNbdDevice(taken: (device: string) => boolean): string {
  const free = nbdNames().find(name => !taken(`/dev/${name}`) && readAttribute(name, 'pid') === null);
  if (free === undefined) throw startFailure('internal error: No free NBD devices');
  return `/dev/${free}`;
}

/** The process that serves a device, or null. */
export function serverOf(device: string): number | null {
  // The kernel names the thread.
  const thread = readAttribute(device.slice('/dev/'.length), 'pid');
  const status = thread === null ? null : readIfThere(`/proc/${thread}/status`);
  const group = /^Tgid:\s*(\d+)$/m.exec(status ?? '')?.[1];
  return group === undefined ? null : Number(group);
}

/** Whether a device has contents by now. */
export function hasSize(device: string): boolean {
  return Number(readAttribute(device.slice('/dev/'.length), 'size')) > 0;
}

/**
 * Writes what is left of a device's contents and disconnects it. False when it stays in use: whoever has mounted it
 * would lose what they wrote.
 */
export async function disconnectDevice(device: string): Promise<boolean> {
  const fd = await openUnused(device);
  if (fd === null) return false;
  try {
    await sync(fd);
    disconnectNbd(fd, device);
    return true;
  } finally {
    closeSync(fd);
  }
}

/** Mounts hold their device exclusively; a container's go with its namespace, in the background. */
async function openUnused(device: string): Promise<number | null> {
  for (const deadline = performance.now() + BUSY_LIMIT; ; await sleep(PAUSE)) {
    try {
      return openSync(device, constants.O_RDONLY | constants.O_EXCL);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EBUSY')) throw error;
      if (performance.now() > deadline) return null;
    }
  }
}

function readAttribute(name: string, attribute: string): string | null {
  return readIfThere(`${BLOCK_DEVICES}/${name}/${attribute}`)?.trim() ?? null;
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    // A process that ends between open and read.
    if (isMissing(error) || (error instanceof Error && 'code' in error && error.code === 'ESRCH')) return null;
    throw error;
  }
}
