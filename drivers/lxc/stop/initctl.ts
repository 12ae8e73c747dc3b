import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { openInRoot } from '../../../native/ffi/open-in-root.ts';
import type { InitProcess } from './init-kind.ts';
import { closeQuietly } from '../../../native/ffi/libc.ts';

/** Where sysvinit and those that follow it listen. */
const pipes = ['/run/initctl', '/dev/initctl', '/etc/.initctl'] as const;

const O_PATH = 0o10000000;

/** struct init_request of sysvinit: 384 bytes; magic, command, run level, sleep time. */
const REQUEST_SIZE = 384;
const MAGIC = 0x03091969;
const CHANGE_RUN_LEVEL = 1;

function runLevelRequest(level: '0' | '6'): Buffer {
  const request = Buffer.alloc(REQUEST_SIZE);
  request.writeUInt32LE(MAGIC, 0);
  request.writeUInt32LE(CHANGE_RUN_LEVEL, 4);
  request.writeUInt32LE(level.charCodeAt(0), 8);
  return request;
}

/**
 * Writes sysvinit's request for run level 0 (off) or 6 (reboot) into the pipe of a container's init. False when it has
 * none that anybody reads. Paths are resolved inside the container's root, so that its links do not lead to the host.
 */
export function requestRunLevel({ root }: InitProcess, level: '0' | '6'): boolean {
  return pipes.some(path => writePipe(root, path, runLevelRequest(level)));
}

function writePipe(root: string, path: string, request: Buffer): boolean {
  // Looked at before it is opened: to open a device is to use it, and no cgroup keeps this process from that.
  const place = openInRoot(root, path, O_PATH);
  if (place === null) return false;
  try {
    if (!fstatSync(place).isFIFO()) return false;
    const fd = openSync(`/proc/self/fd/${place}`, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      return writeSync(fd, request) === request.length;
    } finally {
      closeQuietly(fd);
    }
  } catch {
    // Nobody reads it, or the pipe is full.
    return false;
  } finally {
    closeQuietly(place);
  }
}
