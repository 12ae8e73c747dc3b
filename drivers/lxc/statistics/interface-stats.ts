import { getLink } from '../../../native/network/links.ts';
import type { LinkStatistics } from '../../../native/network/link-message.ts';
import { linksOf } from '../../../native/network/namespace.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import type { InterfaceStats } from '../../contract/domain.ts';
import { errors } from '../../contract/error.ts';
import type { LxcDomain, RunningDomain } from '../domain.ts';

/**
 * Counters of one of the domain's interfaces, named by its host's end or its MAC address, as the guest sees them. Throws
 * invalidArg for what is none of its interfaces: the host's others are nobody's business.
 */
export function interfaceStats({ definition }: LxcDomain, running: RunningDomain, device: string): InterfaceStats {
  const { interfaces } = definition.devices;
  const { hostInterfaces, initPid } = running;
  const mac = device.toLowerCase();
  const index = interfaces.findIndex(
    (entry, index) => entry.mac.toLowerCase() === mac || hostInterfaces[index] === device,
  );
  const found = interfaces[index];
  if (found === undefined) throw errors.invalidArg(`'${device}' is not a known interface`, ErrorDomain.DOMAIN);
  const statistics = counters(hostInterfaces[index] ?? null, initPid, found.mac);
  if (statistics === null) throw errors.internalError('/proc/net/dev: Interface not found', ErrorDomain.NONE);
  return statistics;
}

function counters(hostName: string | null, initPid: number, mac: string): InterfaceStats | null {
  if (hostName === null) return guestCounters(initPid, mac);
  return otherEnd(unlessGone(() => getLink(hostName).statistics));
}

/** Of an interface without an end on the host; null for one that the container has deleted. */
export const guestCounters = (initPid: number, mac: string): InterfaceStats | null =>
  unlessGone(() => linksOf(initPid).find(link => link.mac === mac.toLowerCase())?.statistics ?? null);

function unlessGone<T>(action: () => T): T | null {
  try {
    return action();
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENODEV' || error.code === 'ESRCH')) return null;
    throw error;
  }
}

/** What one end of a veth pair receives the other has sent. */
export function otherEnd(statistics: LinkStatistics | null): InterfaceStats | null {
  if (statistics === null) return null;
  const { rxBytes, rxPackets, rxErrors, rxDrops, txBytes, txPackets, txErrors, txDrops } = statistics;
  return {
    rxBytes: txBytes,
    rxPackets: txPackets,
    rxErrors: txErrors,
    rxDrops: txDrops,
    txBytes: rxBytes,
    txPackets: rxPackets,
    txErrors: rxErrors,
    txDrops: rxDrops,
  };
}
