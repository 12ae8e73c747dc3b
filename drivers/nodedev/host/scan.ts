import { setImmediate as nextTurn } from 'node:timers/promises';
import { kindRows } from './device-kind.ts';
import { readHostDevice, type HostDevice } from './host-device.ts';
import type { HostTree } from './host-tree.ts';

/** How long the event loop is kept at a time, in milliseconds. */
const SLICE = 5;

/** More than any host has; what is beyond is not seen. */
const DEVICES_MAX = 65_000;

/** All devices that there are. Others get their turn in between: a host may have ten thousand. */
export async function scanDevices(tree: HostTree): Promise<HostDevice[]> {
  const found: HostDevice[] = [];
  let started = performance.now();
  for (const directory of new Set(kindRows.map(row => row.directory)))
    for (const name of tree.names(directory)) {
      if (found.length >= DEVICES_MAX) return found;
      const path = tree.realPath(`${directory}/${name}`);
      const device = path === null ? null : readHostDevice(tree, path);
      if (device !== null) found.push(device);
      if (performance.now() - started < SLICE) continue;
      await nextTurn();
      started = performance.now();
    }
  return found;
}
