import { errors } from '../../contract/error.ts';
import { checkInterface, checkLinkName } from '../network/check-interface.ts';
import { plugOf } from '../network/plug.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';

/** Throws configUnsupported for consoles that a container cannot have; nothing has been done for the start by then. */
export function checkConsoles({ devices }: DomainDefinition): void {
  if (devices.consoles.length === 0) throw errors.configUnsupported('At least one PTY console is required');
  if (devices.consoles.some(({ type }) => type !== 'pty'))
    throw errors.configUnsupported('Only PTY console types are supported');
}

/** Throws what libvirt throws for interfaces and host devices that a container cannot have. */
export function checkDevices({ devices }: DomainDefinition): void {
  for (const device of devices.interfaces) checkInterface(plugOf(device));
  for (const device of devices.hostdevs) {
    const { mode, type } = device;
    if (mode === 'subsystem' && type !== 'usb') throw errors.configUnsupported(`Unsupported hostdev type ${type}`);
    if (mode === 'capabilities' && type === 'net') checkLinkName(device.path);
  }
}
