import { acceptsWhileForwarding, enableForwarding, isForwarding } from '../../../native/network/forwarding.ts';
import { listRoutes } from '../../../native/network/routes.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { NetworkDefinition } from '../../xml/network/definition.ts';
import { subnet } from './subnet.ts';

/**
 * Lets the host pass packets on for a network whose mode needs it. Throws internalError when it would then lose IPv6
 * routes that it has by advertisements: a host that forwards takes none where accept_ra is not 2.
 */
export async function forwardPackets({ forward, ips }: NetworkDefinition): Promise<void> {
  if (!['nat', 'route', 'open'].includes(forward.mode)) return;
  for (const family of new Set(ips.map(ip => subnet(ip).family))) {
    if (await isForwarding(family)) continue;
    if (family === 'ipv6') await checkAdvertisedRoutes();
    await enableForwarding(family);
  }
}

async function checkAdvertisedRoutes(): Promise<void> {
  const advertised = listRoutes().flatMap(({ isAdvertised, device }) =>
    isAdvertised && device !== null ? [device] : [],
  );
  const lost: string[] = [];
  for (const device of new Set(advertised)) if (!(await acceptsWhileForwarding(device))) lost.push(device);
  if (lost.length > 0)
    throw errors.internalError(
      `Check the host setup: enabling IPv6 forwarding with RA routes without accept_ra set to 2 is likely to cause routes loss. Interfaces to look at: ${lost.join(', ')}`,
      ErrorDomain.NETWORK,
    );
}
