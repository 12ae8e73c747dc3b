import { ownBridge } from '../../xml/network/bridge.ts';
import type { NetworkDefinition } from '../../xml/network/definition.ts';
import { internalError } from '../../xml/network/errors.ts';
import { pciName } from '../../xml/network/pci-address.ts';
import type { DirectMode, NetworkPort, PortPlug } from '../../xml/network/port-definition.ts';
import { invalid, type RunningNetwork } from '../network.ts';
import { connections } from '../queries.ts';

const directModes = ['vepa', 'private', 'bridge', 'passthrough'] as const satisfies readonly DirectMode[];

/** Where a new port is plugged in: the bridge, or the least used device of the pool. Throws internalError when all are taken. */
export function choosePlug(running: RunningNetwork, port: NetworkPort): PortPlug {
  const { definition } = running;
  const { forward, bridge } = definition;
  if (bridge?.name !== null && bridge?.name !== undefined)
    return {
      type: ownBridge(forward.mode) ? 'network' : 'bridge',
      bridge: bridge.name,
      macTableManager: bridge.macTableManager,
    };
  const { byDevice } = connections(running);
  const uses = (key: string): number => byDevice.get(key) ?? 0;
  if (forward.mode === 'hostdev') {
    const address = forward.addresses.find(candidate => uses(pciName(candidate)) === 0);
    if (address === undefined) throw noneFree(definition);
    return { type: 'hostdev-pci', managed: forward.managed, driver: forward.driver, address };
  }
  const mode = directModes.find(known => known === forward.mode);
  if (mode === undefined || forward.interfaces.length === 0)
    throw internalError(
      `network '${definition.name}' uses a direct mode, but has no forward dev and no interface pool`,
    );
  return { type: 'direct', dev: leastUsed(definition, port, uses), mode };
}

/** Passthrough, and private with 802.1Qbh, are for one guest each. */
function isExclusive({ forward }: NetworkDefinition, { virtualport }: NetworkPort): boolean {
  return forward.mode === 'passthrough' || (forward.mode === 'private' && virtualport?.type === '802.1Qbh');
}

function leastUsed(definition: NetworkDefinition, port: NetworkPort, uses: (dev: string) => number): string {
  const [first] = definition.forward.interfaces.toSorted((a, b) => uses(a) - uses(b));
  if (first === undefined || (isExclusive(definition, port) && uses(first) > 0)) throw noneFree(definition);
  return first;
}

const noneFree = ({ name }: NetworkDefinition): Error =>
  internalError(`network '${name}' requires exclusive access to interfaces, but none are available`);

/** A plug that a port says it has: the network must still have it, and for the port alone where it is for one. */
export function checkPlug(running: RunningNetwork, port: NetworkPort): void {
  const { plug } = port;
  const { name, forward, bridge } = running.definition;
  const gone = (what: string): Error => invalid(`network '${name}' has no ${what}`);
  if (plug === null) throw gone('plug for the port');
  if (plug.type === 'direct') {
    if (!forward.interfaces.includes(plug.dev))
      throw internalError(`network '${name}' doesn't have dev='${plug.dev}' in use by domain`);
    if (isExclusive(running.definition, port) && (connections(running).byDevice.get(plug.dev) ?? 0) > 0)
      throw internalError(`network '${name}' claims dev='${plug.dev}' is already in use by a different domain`);
  } else if (plug.type === 'hostdev-pci') {
    const key = pciName(plug.address);
    if (!forward.addresses.some(address => pciName(address) === key))
      throw internalError(`network '${name}' doesn't have PCI device ${key} in use by domain`);
    if ((connections(running).byDevice.get(key) ?? 0) > 0)
      throw internalError(`network '${name}' claims the PCI device at ${key} is already in use by a different domain`);
  } else if (plug.bridge !== bridge?.name) throw gone(`bridge '${plug.bridge}'`);
}
