import { errors } from '../../contract/error.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import { guestSettings } from '../../xml/domain/guest-settings.ts';
import { limitAddresses } from '../../../native/cgroup/addresses/limit-addresses.ts';
import type { Cgroup } from '../../../native/cgroup/cgroup.ts';
import { ownAddresses } from '../../../native/network/namespace.ts';
import { needsOwnNetwork } from '../plan/namespaces.ts';

/**
 * Linux-VServer's model of a network: a guest without a network stack of its own that may use some of the host's
 * addresses. Takes effect before the container's first process is there. Throws configUnsupported where there is no
 * cgroup2, and for a guest that does not share the host's network.
 */
export function limitHostAddresses(definition: DomainDefinition, cgroup: Cgroup): void {
  const { hostAddresses } = guestSettings(definition);
  if (hostAddresses.length === 0) return;
  const shared = definition.namespaces.some(({ kind, type }) => kind === 'sharenet' && type !== 'none');
  if (needsOwnNetwork(definition) || shared)
    throw errors.configUnsupported("a guest limited to addresses of the host shares the host's network");
  const { unifiedDirectory } = cgroup.entry;
  if (unifiedDirectory === null)
    throw errors.configUnsupported('limiting a guest to addresses of the host needs a mounted cgroup2');
  limitAddresses(unifiedDirectory, {
    allowed: hostAddresses,
    host: addressesOfHost(),
    loopback: loopbackOf(definition.uuid),
  });
}

/** Those that it has now, also of links without a carrier; but for its loopback: that is another for each guest. */
const addressesOfHost = (): string[] => ownAddresses().filter(address => !/^(?:127\.|::1$)/.test(address));

/** An address of the loopback's network that no other guest has, and that stays the guest's: 24 bits of its UUID. */
function loopbackOf(uuid: string): string {
  const [first = 0, second = 0, third = 0] = Buffer.from(uuid.replaceAll('-', ''), 'hex').subarray(0, 3);
  // 127.0.0.0/16 is where the host's own programs are.
  return `127.${Math.max(1, first)}.${second}.${Math.min(Math.max(1, third), 254)}`;
}
