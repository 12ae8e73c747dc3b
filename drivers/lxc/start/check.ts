import { errors } from '../../contract/error.ts';
import { checkHostEnd } from '../process/host-links.ts';
import type { DomainDefinition, InterfaceDevice } from '../../xml/domain/definition.ts';

/** Throws configUnsupported for consoles that a container cannot have; nothing has been done for the start by then. */
export function checkConsoles({ devices }: DomainDefinition): void {
  if (devices.consoles.length === 0) throw errors.configUnsupported('At least one PTY console is required');
  if (devices.consoles.some(({ type }) => type !== 'pty'))
    throw errors.configUnsupported('Only PTY console types are supported');
}

/** Throws what libvirt throws for interfaces and host devices that a container cannot have. */
export function checkDevices({ devices }: DomainDefinition): void {
  for (const device of devices.interfaces) checkInterface(device);
  for (const { mode, type } of devices.hostdevs)
    if (mode === 'subsystem' && type !== 'usb') throw errors.configUnsupported(`Unsupported hostdev type ${type}`);
}

function checkInterface(device: InterfaceDevice): void {
  const { type, source } = device;
  for (const name of [device.guestDev, device.targetDev])
    if (name !== null && !isLinkName(name))
      throw errors.configUnsupported(`'${name}' is no name for a network interface`);
  if (device.script !== null) throw errors.configUnsupported('scripts are not supported on LXC network interfaces');
  switch (type) {
    case 'network':
      throw errors.noNetwork(`no network with matching name '${source ?? ''}'`);
    case 'bridge':
    case 'ethernet':
      checkHostEnd(device);
      break;
    case 'direct':
      if (device.bandwidth !== null)
        throw errors.configUnsupported('Unable to set network bandwidth on direct interfaces');
      if (device.virtualport !== null)
        throw errors.configUnsupported('Unable to set port profile on direct interfaces');
      break;
    default:
      throw errors.internalError(`Unsupported network type ${type}`);
  }
}

/** What the kernel takes: at most 15 bytes, none of them a separator of paths or words. */
function isLinkName(name: string): boolean {
  return Buffer.byteLength(name) <= 15 && /^[^\s/:%]+$/.test(name) && name !== '.' && name !== '..';
}
