import { isIPv6 } from 'node:net';
import { ownBridge } from './bridge.ts';
import type { NetworkDefinition, PortGroup } from './definition.ts';
import { unsupported, xmlError } from './errors.ts';
import { inSubnet } from './ranges.ts';

/** Throws what libvirt throws for a document whose parts do not go together. */
export function validate(definition: NetworkDefinition): void {
  if (ownBridge(definition.forward.mode)) checkRouted(definition);
  else checkUnrouted(definition);
  checkRoutes(definition);
  checkDhcp(definition);
  checkVlans(definition);
  checkPortGroups(definition);
}

function checkRouted({ name, forward: { mode, interfaces }, ips }: NetworkDefinition): void {
  if (mode !== 'none' && ips.length === 0)
    throw xmlError(`${mode} forwarding requested, but no IP address provided for network '${name}'`);
  if (interfaces.length > 1)
    throw xmlError(`multiple forwarding interfaces specified for network '${name}', only one is supported`);
}

function checkUnrouted({ name, forward, bridge, ips, dns, domain, mac, mtu, bandwidth }: NetworkDefinition): void {
  const { mode } = forward;
  const refuse = (element: string): Error =>
    unsupported(`Unsupported ${element} element in network ${name} with forward mode='${mode}'`);
  if (mtu !== null)
    throw xmlError(`mtu size only allowed in open, route, nat, and isolated mode, not in ${mode} (network '${name}')`);
  if (mode === 'bridge' && bridge !== null && forward.interfaces.length > 0)
    throw xmlError(
      `A network with forward mode='bridge' can specify a bridge name or a forward dev, but not both (network '${name}')`,
    );
  if (mac !== null) throw refuse('<mac>');
  if (ips.length > 0) throw refuse('<ip>');
  if (dns.txts.length + dns.srvs.length + dns.hosts.length > 0) throw refuse('<dns>');
  if (domain !== null) throw refuse('<domain>');
  if (bandwidth !== null && (mode !== 'bridge' || bridge === null)) throw refuse('network-wide <bandwidth>');
  if (mode === 'hostdev' && forward.interfaces[0] !== undefined && forward.physicalFunctions.length === 0)
    throw unsupported(
      `hostdev network '${name}' lists '${forward.interfaces[0]}' in the device pool, but hostdev networks require all devices to be listed by PCI address, not network device name`,
    );
}

function checkRoutes({ name, routes, ips }: NetworkDefinition): void {
  for (const { gateway } of routes)
    if (!ips.some(ip => inSubnet(gateway, ip)))
      throw unsupported(`unreachable static route gateway '${gateway}' specified for network '${name}'`);
}

function checkDhcp({ ips }: NetworkDefinition): void {
  for (const [family, word] of [
    [false, 'IPv4'],
    [true, 'IPv6'],
  ] as const) {
    const serving = ips.filter(({ address, dhcp }) => isIPv6(address) === family && dhcp !== null);
    if (serving.length > 1)
      throw unsupported(
        `Multiple ${word} dhcp sections found -- dhcp is supported only for a single ${word} address on each network`,
      );
  }
}

/** Bridges of the host may tell VLANs apart, and links that are handed to guests do; our own bridges do not. */
function checkVlans({ name, forward: { mode }, bridge, virtualport, vlan, portgroups }: NetworkDefinition): void {
  const able =
    mode === 'hostdev' ||
    mode === 'passthrough' ||
    (mode === 'bridge' && (bridge !== null || virtualport?.type === 'openvswitch'));
  if (!able && (vlan !== null || portgroups.some(group => group.vlan !== null)))
    throw unsupported(`<vlan> element specified for network ${name}, whose type doesn't support vlan configuration`);
}

function checkPortGroups({ name, portgroups }: { name: string; portgroups: readonly PortGroup[] }): void {
  const seen = new Set<string>();
  let usual: string | null = null;
  for (const group of portgroups) {
    if (seen.has(group.name))
      throw unsupported(`multiple <portgroup> elements with the same name (${group.name}) in network '${name}'`);
    seen.add(group.name);
    if (group.default && usual !== null)
      throw unsupported(
        `network '${name}' has multiple default <portgroup> elements (${usual} and ${group.name}), but only one default is allowed`,
      );
    if (group.default) usual = group.name;
  }
}
