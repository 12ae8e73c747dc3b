import type { Drivers } from '../../drivers/contract/drivers.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { remote } from '../../protocol/programs/remote.ts';
import type { Call } from '../call.ts';
import type { EventRouters } from '../events/event-routers.ts';
import { connectHandlers } from './connect.ts';
import { bulkStatisticsCalls, domainBulkStatisticsHandlers } from './domain-bulk-statistics.ts';
import { domainCapabilitiesCalls, domainCapabilitiesHandlers } from './domain-capabilities.ts';
import { blockCalls, domainBlockHandlers } from './domain-blocks.ts';
import { controlCalls, domainControlHandlers } from './domain-control.ts';
import { domainDeviceHandlers } from './domain-devices.ts';
import { domainEventHandlers } from './domain-events.ts';
import { domainGuestAgentHandlers, guestAgentCalls } from './domain-guest-agent.ts';
import { domainGuestHandlers } from './domain-guest.ts';
import { domainInfoHandlers } from './domain-info.ts';
import { domainInterfaceTuningHandlers, interfaceTuningCalls } from './domain-interface-tuning.ts';
import { domainLifecycleHandlers } from './domain-lifecycle.ts';
import { domainListHandlers } from './domain-list.ts';
import { domainNumaHandlers, numaCalls } from './domain-numa.ts';
import { domainStatisticsHandlers } from './domain-statistics.ts';
import { domainTuningHandlers } from './domain-tuning.ts';
import { domainVcpuHandlers, vcpuCalls } from './domain-vcpus.ts';
import { interfaceHandlers } from './interface.ts';
import { nativeConfigurationHandlers } from './native-configurations.ts';
import { nodeDeviceHandlers } from './node-device.ts';
import { networkHandlers } from './network.ts';
import { nodeHandlers } from './node.ts';
import { nwfilterHandlers } from './nwfilter.ts';
import { offers } from './offers.ts';
import { secretHandlers } from './secret.ts';
import { storagePoolHandlers } from './storage-pool.ts';
import { storageVolumeHandlers } from './storage-volume.ts';

/**
 * What answers the calls of the remote program, but for authentication, which belongs to the server. A procedure that is
 * in none of these tables is not supported.
 */
export function remoteHandlers(drivers: Drivers, routers: EventRouters) {
  const { hypervisor: driver, interface: interfaces, network, nodeDevice, nwfilter, secret, storage } = drivers;
  return {
    ...connectHandlers(driver, { interface: interfaces, network, nodedev: nodeDevice, nwfilter, secret, storage }),
    ...(offers(driver, domainCapabilitiesCalls) && domainCapabilitiesHandlers(driver)),
    ...nodeHandlers(driver),
    ...nativeConfigurationHandlers(driver),
    ...domainListHandlers(driver),
    ...domainLifecycleHandlers(driver),
    ...domainInfoHandlers(driver),
    ...(offers(driver, controlCalls) && domainControlHandlers(driver)),
    ...domainTuningHandlers(driver),
    ...(offers(driver, interfaceTuningCalls) && domainInterfaceTuningHandlers(driver)),
    ...(offers(driver, blockCalls) && domainBlockHandlers(driver)),
    ...(offers(driver, numaCalls) && domainNumaHandlers(driver)),
    ...(offers(driver, vcpuCalls) && domainVcpuHandlers(driver)),
    ...domainStatisticsHandlers(driver),
    ...(offers(driver, bulkStatisticsCalls) && domainBulkStatisticsHandlers(driver)),
    ...domainDeviceHandlers(driver),
    ...domainGuestHandlers(driver),
    ...(offers(driver, guestAgentCalls) && domainGuestAgentHandlers(driver)),
    ...domainEventHandlers(routers.domain),
    ...(interfaces && interfaceHandlers(interfaces)),
    ...(nodeDevice && routers.nodeDevice && nodeDeviceHandlers(nodeDevice, routers.nodeDevice)),
    ...(network && routers.network && networkHandlers(network, routers.network)),
    ...(nwfilter && nwfilterHandlers(nwfilter)),
    ...(secret && routers.secret && secretHandlers(secret, routers.secret)),
    ...(storage && routers.storagePool && storagePoolHandlers(storage, routers.storagePool)),
    ...(storage && storageVolumeHandlers(storage)),
  } satisfies Handlers<typeof remote.procedures, Call>;
}
