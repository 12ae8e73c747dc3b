import { filtersVlans, setPortVlans, type PortVlan } from '../../../native/network/bridge-vlans.ts';
import { findLink, setPortIsolated } from '../../../native/network/links.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { InterfaceDevice, Vlan } from '../../xml/domain/definition.ts';

type BridgeInterface = Pick<InterfaceDevice, 'mac' | 'source' | 'vlan' | 'portIsolated'>;

/** Throws systemError for a bridge that there is not, configUnsupported for VLANs where it tells none apart. */
export function checkBridge({ mac, source, vlan }: BridgeInterface, hostName: string): string {
  const bridge = source ?? '';
  if (findLink(bridge) === null)
    throw errors.systemError(`Unable to add bridge ${bridge} port ${hostName}: No such device`, ErrorDomain.NONE);
  if (vlan !== null && !filtersVlans(bridge))
    throw errors.configUnsupported(
      `interface ${mac} - vlan tag not supported for this connection type: bridge '${bridge}' does not filter VLANs`,
      ErrorDomain.DOMAIN,
    );
  return bridge;
}

/** What a port of a bridge is given once it is one; the bridge forgets it with the port. */
export function setUpPort(hostName: string, { portIsolated, vlan }: BridgeInterface): void {
  if (portIsolated === true) setPortIsolated(hostName, true);
  if (vlan !== null) setPortVlans(hostName, portVlans(vlan));
}

/** One VLAN is an access port's, and the guest sees no tags. A trunk's are tagged, but for what a tag says of itself. */
export function portVlans({ trunk, tags }: Vlan): PortVlan[] {
  return tags.map(({ id, nativeMode }) => ({
    id,
    native: !trunk || nativeMode !== null,
    untagged: !trunk || nativeMode === 'untagged',
  }));
}
