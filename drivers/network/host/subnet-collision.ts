import { listRoutes } from '../../../native/network/routes.ts';
import ipaddr from 'ipaddr.js';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { NetworkDefinition } from '../../xml/network/definition.ts';
import { subnet } from './subnet.ts';

/**
 * Throws internalError when a subnet of the network, or one that it routes to, is reached through another link already.
 * A wider or narrower route is none of ours: the more exact one wins.
 */
export function checkSubnets({ ips, routes, bridge }: NetworkDefinition): void {
  const wanted = new Set([
    ...ips.map(subnet).map(({ network, prefix }) => key(network, prefix)),
    ...routes
      .map(({ address, netmask, prefix }) =>
        subnet({ address, netmask, prefix: prefix ?? (isAny(address) ? 0 : null) }),
      )
      .map(({ network, prefix }) => key(network, prefix)),
  ]);
  if (wanted.size === 0) return;
  for (const { destination, prefix, device } of listRoutes()) {
    // the default route is no network that is in use
    if (device === null || device === bridge?.name || prefix === 0) continue;
    if (wanted.has(key(destination, prefix)))
      throw errors.internalError(`Network is already in use by interface ${device}`, ErrorDomain.NETWORK);
  }
}

const key = (network: string, prefix: number): string => `${ipaddr.parse(network).toString()}/${prefix}`;

const isAny = (address: string): boolean =>
  ipaddr
    .parse(address)
    .toByteArray()
    .every(byte => byte === 0);
