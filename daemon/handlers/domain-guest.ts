import type { GuestInterface } from '../../drivers/contract/domain.ts';
import type { DomainAccess, DomainLifecycle, DomainQueries } from '../../drivers/contract/hypervisor.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { domainDeviceProcedures } from '../../protocol/programs/remote/domain-device.ts';
import type { domainGuestProcedures } from '../../protocol/programs/remote/domain-guest.ts';
import type { Call } from '../call.ts';
import { requireNonZero } from './argument.ts';

/** Into and out of the guest: consoles, addresses, its name, signals. */
export function domainGuestHandlers(driver: DomainAccess & DomainQueries & DomainLifecycle) {
  return {
    async domainOpenConsole(call, { dom, devName, flags }) {
      call.openStream(await driver.domainOpenConsole(dom, devName, flags));
    },
    async domainInterfaceAddresses(_call, { dom, source, flags }) {
      const interfaces = await driver.domainInterfaceAddresses(dom, source, flags);
      return { ifaces: interfaces.map(interfaceReply) };
    },
    domainGetHostname: async (_call, { dom, flags }) => ({ hostname: await driver.domainGetHostname(dom, flags) }),
    domainSendProcessSignal(_call, { dom, pidValue, signum, flags }) {
      requireNonZero('virDomainSendProcessSignal', 'pid_value', pidValue);
      return driver.domainSendProcessSignal(dom, pidValue, signum, flags);
    },
  } satisfies Handlers<typeof domainDeviceProcedures & typeof domainGuestProcedures, Call>;
}

/** virIPAddrType */
const addressTypes = { ipv4: 0, ipv6: 1 } as const;

const interfaceReply = ({ name, hwaddr, addresses }: GuestInterface) => ({
  name,
  hwaddr,
  addrs: addresses.map(({ family, address, prefix }) => ({ type: addressTypes[family], addr: address, prefix })),
});
