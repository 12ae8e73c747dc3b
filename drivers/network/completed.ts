import { randomBytes } from 'node:crypto';
import { ErrorDomain } from '../contract/constants.ts';
import { errors } from '../contract/error.ts';
import { ownBridge } from '../xml/network/bridge.ts';
import type { NetworkDefinition } from '../xml/network/definition.ts';
import type { NetworkContext } from './context.ts';
import type { Network } from './network.ts';

/** What documents may say for "any name", as libvirt's own do; with a root it is the daemon's own pattern. */
const USUAL = 'virbr%d';

/**
 * A definition with what it leaves to the driver: the name and the address of its bridge. Throws internalError for a
 * bridge that belongs to another network. To be called while no other definition is.
 */
export async function completed(
  { networks, host }: NetworkContext,
  definition: NetworkDefinition,
): Promise<NetworkDefinition> {
  const { bridge, forward } = definition;
  if (bridge === null || !ownBridge(forward.mode)) return definition;
  const taken = bridgesOfOthers(networks.all(), definition.name);
  const pattern = patternOf(bridge.name);
  if (pattern === undefined && taken.has(bridge.name ?? ''))
    throw errors.internalError(`bridge name '${bridge.name}' already in use.`, ErrorDomain.NETWORK);
  const name = pattern === undefined ? bridge.name : await host.chooseBridgeName(pattern, taken);
  return { ...definition, bridge: { ...bridge, name }, mac: definition.mac ?? madeUpMac() };
}

/** Null for the usual one; undefined for a name that is none. A pattern that is no good is as if it were not there. */
function patternOf(name: string | null): string | null | undefined {
  if (name === null) return null;
  if (!name.includes('%d')) return undefined;
  return name === USUAL || name.split('%').length !== 2 ? null : name;
}

function bridgesOfOthers(networks: Iterable<Network>, name: string): Set<string> {
  const taken = new Set<string>();
  for (const network of networks) {
    if (network.name === name) continue;
    for (const definition of [network.stored, network.running?.definition])
      if (definition?.bridge?.name) taken.add(definition.bridge.name);
  }
  return taken;
}

/** In libvirt's range. */
function madeUpMac(): string {
  const [a = 0, b = 0, c = 0] = randomBytes(3);
  return ['52', '54', '00', ...[a, b, c].map(byte => byte.toString(16).padStart(2, '0'))].join(':');
}
