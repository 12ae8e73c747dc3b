import { neighbours } from '../../../native/network/arp.ts';
import { containerAddresses } from '../../../native/network/namespace.ts';
import { DomainGetHostnameFlags, DomainInterfaceAddressesSource as Source } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { GuestInterface } from '../../contract/domain.ts';
import type { DhcpLease } from '../../contract/network.ts';
import type { DomainQueries } from '../../contract/hypervisor.ts';
import type { GuestAgent } from '../agent/on-demand.ts';
import type { LxcContext } from '../context.ts';
import { plainInvalidArg } from './affect.ts';
import type { Networks } from '../network/network-port.ts';
import type { DomainDefinition, InterfaceDevice } from '../../xml/domain/definition.ts';

const { AGENT, LEASE } = DomainGetHostnameFlags;

/** Where a container can be reached, and as whom. */
export function addresses(
  { domains, networks, processes }: LxcContext,
  agents: () => Promise<GuestAgent>,
): Pick<DomainQueries, 'domainGetHostname' | 'domainInterfaceAddresses'> {
  return {
    async domainGetHostname(ref, flags) {
      checkFlags(flags, LEASE | AGENT, 'lxcDomainGetHostname');
      if (flags === (LEASE | AGENT))
        throw plainInvalidArg(
          "Flags 'VIR_DOMAIN_GET_HOSTNAME_LEASE' and 'VIR_DOMAIN_GET_HOSTNAME_AGENT' are mutually exclusive",
        );
      if (flags === AGENT) return await (await agents()).hostName(ref);
      const domain = domains.find(ref);
      processes.running(domain);
      const named = (await leasesOf(networks, domain.definition)).flatMap(({ leases }) => leases);
      const hostname = named.find(({ hostname }) => hostname !== null)?.hostname;
      if (hostname != null) return hostname;
      throw errors.noHostname(`no hostname found for domain ${domain.name}`);
    },

    async domainInterfaceAddresses(ref, source, flags) {
      checkFlags(flags, 0, 'lxcDomainInterfaceAddresses');
      const domain = domains.find(ref);
      const { initPid } = processes.running(domain);
      const { interfaces } = domain.definition.devices;
      if (source === Source.LEASE) return await givenByNetworks(networks, domain.definition);
      if (source === Source.ARP) return metByHost(interfaces);
      // Nobody in the container has to be asked: the kernel knows.
      if (source === Source.AGENT)
        return containerAddresses(initPid).map(({ name, mac, addresses }) => ({ name, hwaddr: mac, addresses }));
      throw errors.argumentUnsupported(`Unknown IP address data source ${source}`);
    },
  };
}

interface LeasedInterface {
  readonly device: InterfaceDevice;
  readonly leases: readonly DhcpLease[];
}

/** What the networks of a domain have given to its interfaces; those that have been given nothing are left out. */
async function leasesOf(networks: Networks, { devices }: DomainDefinition): Promise<LeasedInterface[]> {
  if (networks === null) return [];
  const ofNetworks = devices.interfaces.filter(({ type }) => type === 'network');
  const all = await Promise.all(
    ofNetworks.map(async device => ({ device, leases: await networks.leases(device.source ?? '', device.mac) })),
  );
  return all.filter(({ leases }) => leases.length > 0);
}

async function givenByNetworks(networks: Networks, definition: DomainDefinition): Promise<GuestInterface[]> {
  return (await leasesOf(networks, definition)).map(({ device: { mac, targetDev }, leases }) => ({
    name: targetDev ?? '',
    hwaddr: mac,
    addresses: leases.map(({ family, ipaddr, prefix }) => ({ family, address: ipaddr, prefix })),
  }));
}

/** The interfaces whose hardware addresses the host has met. */
function metByHost(interfaces: readonly InterfaceDevice[]): GuestInterface[] {
  const known = neighbours();
  return interfaces.flatMap(({ mac, targetDev }) => {
    const own = known.filter(neighbour => neighbour.mac === mac.toLowerCase());
    if (own.length === 0) return [];
    const found = own.map(({ address }) => ({ family: 'ipv4' as const, address, prefix: 0 }));
    return [{ name: targetDev ?? '', hwaddr: mac, addresses: found }];
  });
}
