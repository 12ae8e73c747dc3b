import { ErrorDomain, NetworkXMLFlags } from '../contract/constants.ts';
import { errors } from '../contract/error.ts';
import { checkFlags } from '../contract/flags.ts';
import type { NetworkQueries } from '../contract/network.ts';
import { formatNetwork, type Connections } from '../xml/network/network-document.ts';
import { pciName } from '../xml/network/pci-address.ts';
import { isMac, canonicalMac } from '../xml/network/texts.ts';
import type { NetworkContext } from './context.ts';
import { current, inactive, invalid, networkOf, type RunningNetwork } from './network.ts';

const { NETWORK_XML_INACTIVE } = NetworkXMLFlags;

/** What is known of a network. */
export function queries({ networks, jobs, stored, host }: NetworkContext): NetworkQueries {
  return {
    networkGetXmlDesc(ref, flags) {
      checkFlags(flags, NETWORK_XML_INACTIVE, 'networkGetXMLDesc', ErrorDomain.NETWORK);
      const network = networkOf(networks, ref);
      const { running } = network;
      if (running === null || (flags & NETWORK_XML_INACTIVE) !== 0) return formatNetwork(inactive(network));
      return formatNetwork(running.definition, connections(running));
    },
    networkGetBridgeName(ref) {
      const network = networkOf(networks, ref);
      const name = current(network).bridge?.name ?? null;
      if (name === null)
        throw errors.internalError(`network '${network.name}' does not have a bridge name.`, ErrorDomain.NETWORK);
      return name;
    },
    networkGetAutostart: ref => networkOf(networks, ref).autostart,
    async networkSetAutostart(ref, autostart) {
      const network = networkOf(networks, ref);
      await jobs.change(network, async () => {
        if (networkOf(networks, ref).stored === null) throw invalid('cannot set autostart for transient network');
        if (network.autostart === autostart) return;
        await stored.setAutostart(network.name, autostart);
        network.autostart = autostart;
      });
    },
    networkIsActive: ref => networkOf(networks, ref).running !== null,
    networkIsPersistent: ref => networkOf(networks, ref).stored !== null,
    async networkGetDhcpLeases(ref, mac, flags) {
      checkFlags(flags, 0, 'networkGetDHCPLeases', ErrorDomain.NETWORK);
      if (mac !== null && !isMac(mac)) throw errors.invalidMac(mac, ErrorDomain.NETWORK);
      const { running } = networkOf(networks, ref);
      return running === null ? [] : await host.leases(running.definition, mac === null ? null : canonicalMac(mac));
    },
  };
}

/** How many ports use the network, and each of its devices. */
export function connections({ ports }: RunningNetwork): Connections {
  const byDevice = new Map<string, number>();
  for (const { settings } of ports.values()) {
    const { plug } = settings;
    const key = plug?.type === 'direct' ? plug.dev : plug?.type === 'hostdev-pci' ? pciName(plug.address) : null;
    if (key !== null) byDevice.set(key, (byDevice.get(key) ?? 0) + 1);
  }
  return { total: ports.size, byDevice };
}
