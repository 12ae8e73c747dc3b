import { isLinkName } from '../../../native/network/link-message.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { InterfaceDevice } from '../../xml/domain/definition.ts';
import { checkLent } from './lent-links.ts';

/** Throws what libvirt throws for an interface that a container cannot have. */
export function checkInterface(device: InterfaceDevice): void {
  const { type, source } = device;
  for (const name of [device.guestDev, device.targetDev]) if (name !== null) checkLinkName(name);
  if (device.script !== null) throw errors.configUnsupported('scripts are not supported on LXC network interfaces');
  switch (type) {
    case 'network':
      throw errors.noNetwork(`no network with matching name '${source ?? ''}'`);
    case 'bridge':
    case 'ethernet':
      return checkHostEnd(device);
    case 'direct':
      return checkDirect(device);
    case 'hostdev':
      return checkLent(device);
    default:
      throw errors.internalError(`Unsupported network type ${type}`);
  }
}

/** Throws configUnsupported for a name that no network interface can have. */
export function checkLinkName(name: string): void {
  if (!isLinkName(name)) throw errors.configUnsupported(`'${name}' is no name for a network interface`);
}

function checkHostEnd({ type, mac, virtualport, vlan }: InterfaceDevice): void {
  if (virtualport !== null)
    throw errors.configUnsupported(`port profiles of type '${virtualport.type}' are not available`);
  if (vlan !== null && type !== 'bridge')
    throw errors.configUnsupported(
      `interface ${mac} - vlan tag not supported for this connection type`,
      ErrorDomain.DOMAIN,
    );
}

function checkDirect({ bandwidth, filterref, virtualport, vlan }: InterfaceDevice): void {
  if (filterref !== null)
    throw errors.configUnsupported('filterref is not supported for network interfaces of type direct');
  if (bandwidth !== null) throw errors.configUnsupported('Unable to set network bandwidth on direct interfaces');
  if (virtualport !== null) throw errors.configUnsupported('Unable to set port profile on direct interfaces');
  if (vlan !== null) throw errors.configUnsupported('Unable to set VLAN tags on direct interfaces');
}
