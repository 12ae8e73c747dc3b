import { errors, type LibvirtError } from '../../contract/error.ts';
import type { Affected } from '../operations/affect.ts';
import { notUpdatedLive } from './refusals.ts';

/** Devices that libvirt counts as one kind, by the names of their elements. */
const characterDevices = ['console', 'serial', 'parallel', 'channel'];

/** What is asked of a device that can be neither attached nor detached, by the name of its element. */
export function refused(change: 'attach' | 'detach' | 'update', element: string, { config }: Affected): LibvirtError {
  if (config) return errors.configUnsupported(`persistent ${change} of device is not supported`);
  if (change === 'update') return notUpdatedLive();
  const kind = characterDevices.includes(element) ? 'chr' : element;
  return errors.configUnsupported(`device type '${kind}' cannot be ${change}ed`);
}
