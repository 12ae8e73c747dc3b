import { Bus, BusError } from '../../../native/dbus/bus.ts';
import type { Value } from '../../../native/dbus/value.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { NetworkDefinition } from '../../xml/network/definition.ts';

const SERVICE = 'org.fedoraproject.FirewallD1';
const zones = {
  destination: SERVICE,
  path: '/org/fedoraproject/FirewallD1',
  interface: `${SERVICE}.zone`,
} as const;

/** The zones that come with libvirt's packages; the first that firewalld knows is a bridge's, unless its document names one. */
const usualZones = { route: ['libvirt-routed', 'libvirt'], other: ['libvirt'] } as const;

/**
 * Puts a network's bridge into a zone of firewalld's, where that runs: what is in no zone is rejected. Returns the zone; null
 * where there is none for it. Throws configUnsupported when the document names a zone that cannot be had.
 */
export async function enterZone(
  { name, bridge, forward }: NetworkDefinition,
  busPath?: string,
): Promise<string | null> {
  const wanted = bridge?.zone ?? null;
  const link = bridge?.name ?? '';
  using connection = await openBus(busPath);
  if (connection === null) {
    if (wanted === null) return null;
    throw errors.configUnsupported(
      `zone ${wanted} requested for network ${name} but firewalld is not active`,
      ErrorDomain.NETWORK,
    );
  }
  const candidates = wanted === null ? usualZones[forward.mode === 'route' ? 'route' : 'other'] : [wanted];
  const known = await connection.call('getZones', '', []);
  const zone = candidates.find(candidate => known.flat().includes(candidate)) ?? null;
  if (zone !== null) await connection.call('changeZoneOfInterface', 'ss', [zone, link]);
  else if (wanted !== null)
    throw errors.configUnsupported(
      `zone ${wanted} requested for network ${name} is unknown to firewalld`,
      ErrorDomain.NETWORK,
    );
  return zone;
}

/** Takes a bridge out of the zone that it is in. */
export async function leaveZone(bridge: string, busPath?: string): Promise<void> {
  using connection = await openBus(busPath);
  if (connection === null) return;
  const [zone] = await connection.call('getZoneOfInterface', 's', [bridge]);
  if (typeof zone === 'string' && zone !== '') await connection.call('removeInterface', 'ss', [zone, bridge]);
}

interface Connection extends Disposable {
  call(member: string, signature: string, body: readonly Value[]): Promise<readonly Value[]>;
}

/** Null where there is no bus, or no firewalld on it; it is not started for this. */
async function openBus(path?: string): Promise<Connection | null> {
  let bus: Bus;
  try {
    bus = await Bus.open(path);
  } catch (error) {
    if (error instanceof BusError) return null;
    throw error;
  }
  const [runs] = await bus.call({
    destination: 'org.freedesktop.DBus',
    path: '/org/freedesktop/DBus',
    interface: 'org.freedesktop.DBus',
    member: 'NameHasOwner',
    signature: 's',
    body: [SERVICE],
  });
  if (runs !== true) {
    bus.close();
    return null;
  }
  return {
    call: async (member, signature, body) => await bus.call({ ...zones, member, signature, body }),
    [Symbol.dispose]: () => bus.close(),
  };
}
