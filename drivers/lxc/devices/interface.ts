import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { InterfaceDevice } from '../../xml/domain/definition.ts';
import { isUserAlias } from '../../xml/domain/device-parts.ts';
import { changedAlias } from './aliases.ts';
import type { DeviceKind, Side } from './device-kind.ts';
import { liveInterfaces } from './interface-live.ts';
import { missingDevice } from './refusals.ts';

/** Network interfaces. Documents of this one gave a hardware address of their own, or (`macGiven`) did not. */
export function interfaces(macGiven: boolean): DeviceKind<InterfaceDevice> {
  return {
    of: devices => devices.interfaces,
    put: (devices, list) => ({ ...devices, interfaces: [...list] }),
    /** Hardware addresses may come twice: a client that minds is told when it wants to detach one. */
    checkNew() {},
    find: (present, { mac, alias }, side) => find(present, macGiven ? mac : null, isNamed(alias, side) ? alias : null),
    change: (present, wanted, side) => ({ ...wanted, mac: present.mac, alias: changedAlias(present, wanted, side) }),
    live: liveInterfaces,
  };
}

/** The names of a running domain's devices are not those of its definition, unless users gave them. */
const isNamed = (alias: string | null, side: Side): boolean =>
  alias !== null && (side === 'live' || isUserAlias(alias));

/** Each interface that has all that is known of the wanted one. */
function find(present: readonly InterfaceDevice[], mac: string | null, alias: string | null): number {
  const matches = present
    .map((_, index) => index)
    .filter(index => mac === null || present[index]?.mac === mac)
    .filter(index => alias === null || present[index]?.alias === alias);
  const [index, second] = matches;
  if (index === undefined)
    throw missingDevice(
      `no device found at address '(<null>)' matching MAC address '${mac ?? '(<null>)'}' and alias '${alias ?? '(<null>)'}'`,
    );
  if (second !== undefined)
    throw errors.operationFailed(
      mac === null ? 'multiple matching devices found' : `multiple devices matching MAC address ${mac} found`,
      ErrorDomain.DOMAIN,
    );
  return index;
}
