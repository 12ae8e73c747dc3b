import { statSync } from 'node:fs';
import { deviceNumbers, type DeviceNumbers } from '../../../native/cgroup/device-numbers.ts';
import { errors } from '../../contract/error.ts';
import { identityOf } from '../plan/identity.ts';
import { cgroupCall } from '../tuning/cgroup-call.ts';
import { countBlocks } from './count-blocks.ts';
import type { LiveChange } from './device-kind.ts';
import type { OwnDevice } from './device-table.ts';
import { inside } from './inside.ts';

/**
 * The numbers of a device of the host. Throws systemError when there is none, configUnsupported for another kind of file;
 * `what` is what the definition calls it ("Disk source").
 */
export function liveSource(path: string, kind: OwnDevice['kind'], what: string): DeviceNumbers {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) throw errors.systemError(`Unable to access ${path}: No such file or directory`);
  if (kind === 'char' ? stats.isCharacterDevice() : stats.isBlockDevice()) return deviceNumbers(stats.rdev);
  const wanted = kind === 'char' ? 'character' : 'block';
  throw errors.configUnsupported(`${what} ${path} must be a ${wanted} device`);
}

/** Lets the container open a device, and gives it a node of it, which must not be there yet. `path` is below its /dev. */
export async function giveNode(change: LiveChange, alias: string, path: string, device: OwnDevice): Promise<void> {
  const { domain, process } = change;
  const { rootUid: uid, rootGid: gid } = identityOf(domain.definition);
  const { kind, major, minor } = device;
  const numbers = { major, minor };
  await allow(change, alias, device);
  await countBlocks(change.context, process, [device]);
  try {
    await inside(change, `Unable to create device /dev/${path}`, {
      do: 'node',
      path: `/dev/${path}`,
      kind,
      device: numbers,
      mode: 0o700,
      uid,
      gid,
    });
  } catch (error) {
    await deny(change, alias);
    throw error;
  }
}

/**
 * From here on the container cannot open the device, whatever it does; what it has open it keeps. Its node is removed,
 * unless the container has put something in its place that does not let itself be removed.
 */
export async function takeNode(change: LiveChange, alias: string, path: string): Promise<void> {
  const { context, domain } = change;
  await deny(change, alias);
  try {
    await inside(change, `Unable to remove device /dev/${path}`, { do: 'remove', path: `/dev/${path}` });
  } catch (error) {
    context.log.warn({ domain: domain.name, error }, 'The node of a detached device is left');
  }
}

async function allow({ process }: LiveChange, alias: string, device: OwnDevice): Promise<void> {
  process.devices.set(alias, device);
  try {
    await setRules(process);
  } catch (error) {
    process.devices.delete(alias);
    throw error;
  }
}

async function deny({ process }: LiveChange, alias: string): Promise<void> {
  const device = process.devices.get(alias);
  process.devices.delete(alias);
  try {
    await setRules(process);
  } catch (error) {
    if (device !== null) process.devices.set(alias, device);
    throw error;
  }
}

const setRules = ({ cgroup, devices }: LiveChange['process']): Promise<void> =>
  cgroupCall(() => cgroup.setDevices(devices.rules()));
