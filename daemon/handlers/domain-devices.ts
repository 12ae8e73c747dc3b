import { DomainModificationImpact } from '../../drivers/contract/constants.ts';
import type { DomainRef } from '../../drivers/contract/domain.ts';
import type { DomainDevices } from '../../drivers/contract/hypervisor.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { domainDeviceProcedures } from '../../protocol/programs/remote/domain-device.ts';
import type { Call } from '../call.ts';

interface DeviceChange {
  readonly dom: DomainRef;
  readonly xml: string;
}
type DeviceChangeFlags = DeviceChange & { readonly flags: number };
interface DeviceName {
  readonly dom: DomainRef;
  readonly alias: string;
  readonly flags: number;
}

/** Hot-plug. A driver without it has no such handlers; the older form of a call changes the running domain. */
export function domainDeviceHandlers(driver: Partial<DomainDevices>) {
  const attach = driver.domainAttachDeviceFlags?.bind(driver);
  const detach = driver.domainDetachDeviceFlags?.bind(driver);
  const update = driver.domainUpdateDeviceFlags?.bind(driver);
  const detachAlias = driver.domainDetachDeviceAlias?.bind(driver);
  const { LIVE } = DomainModificationImpact;
  return {
    ...(attach !== undefined && {
      domainAttachDevice: (_call: Call, { dom, xml }: DeviceChange) => attach(dom, xml, LIVE),
      domainAttachDeviceFlags: (_call: Call, { dom, xml, flags }: DeviceChangeFlags) => attach(dom, xml, flags),
    }),
    ...(detach !== undefined && {
      domainDetachDevice: (_call: Call, { dom, xml }: DeviceChange) => detach(dom, xml, LIVE),
      domainDetachDeviceFlags: (_call: Call, { dom, xml, flags }: DeviceChangeFlags) => detach(dom, xml, flags),
    }),
    ...(detachAlias !== undefined && {
      domainDetachDeviceAlias: (_call: Call, { dom, alias, flags }: DeviceName) => detachAlias(dom, alias, flags),
    }),
    ...(update !== undefined && {
      domainUpdateDeviceFlags: (_call: Call, { dom, xml, flags }: DeviceChangeFlags) => update(dom, xml, flags),
    }),
  } satisfies Handlers<typeof domainDeviceProcedures, Call>;
}
