import { ownBridge } from '../../xml/network/bridge.ts';
import type { NetworkDefinition, PortGroup } from '../../xml/network/definition.ts';
import { unsupported } from '../../xml/network/errors.ts';
import type { NetworkPort } from '../../xml/network/port-definition.ts';

/** The group that a port names, or the usual one. One that names a group that is not there gets the network's settings. */
export function groupOf({ portgroups }: NetworkDefinition, name: string | null): PortGroup | null {
  return portgroups.find(group => (name === null ? group.default : group.name === name)) ?? null;
}

/** A port with what its group and its network add to what it asks for itself. */
export function effective(definition: NetworkDefinition, port: NetworkPort): NetworkPort {
  const group = groupOf(definition, port.group);
  const settings: NetworkPort = {
    ...port,
    bandwidth: port.bandwidth ?? group?.bandwidth ?? null,
    virtualport: port.virtualport ?? group?.virtualport ?? definition.virtualport,
    vlan: port.vlan ?? group?.vlan ?? definition.vlan,
    trustGuestRxFilters: port.trustGuestRxFilters ?? group?.trustGuestRxFilters ?? definition.trustGuestRxFilters,
    isolated: port.isolated ?? group?.isolated ?? definition.isolated,
  };
  checkSettings(definition, settings);
  return settings;
}

/** Throws configUnsupported for what ports of such a network cannot have. */
function checkSettings(
  { name, forward: { mode }, bridge }: NetworkDefinition,
  { virtualport, vlan }: NetworkPort,
): void {
  const own = ownBridge(mode);
  const refused = (why: string): Error =>
    unsupported(`<virtualport type='${virtualport?.type ?? 'none'}'> not supported for network '${name}' which ${why}`);
  if (virtualport !== null && own) throw refused('uses IP forwarding');
  if (virtualport !== null && bridge !== null && virtualport.type !== 'openvswitch')
    throw refused('uses a bridge device');
  if (vlan !== null && (own || mode === 'private' || mode === 'vepa' || (mode === 'bridge' && bridge === null)))
    throw unsupported(
      `an interface connecting to network '${name}' is requesting a vlan tag, but that is not supported for this type of network`,
    );
}
