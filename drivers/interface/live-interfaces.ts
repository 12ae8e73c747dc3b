import { hostLinks, linkSpeed, type HostLink } from '../../native/network/host-links.ts';
import { addressesByLink, type NamespaceAddress } from '../../native/network/namespace.ts';
import type { HostInterfaceRef } from '../contract/interface.ts';
import {
  bondModes,
  plainInterface,
  type BondParts,
  type BridgeParts,
  type InterfaceDefinition,
  type InterfaceProtocol,
  type InterfaceType,
} from '../xml/interface/definition.ts';

/** The kernel's links at one moment. */
export class LiveInterfaces {
  readonly #links: readonly HostLink[] = hostLinks();

  /** Those that belong to no other: a bridge's ports are part of its document. */
  listed(): HostLink[] {
    return this.#links.filter(({ master }) => master === null);
  }

  byName(name: string): HostLink | undefined {
    return this.#links.find(link => link.name === name);
  }

  byMac(mac: string): HostLink[] {
    const wanted = mac.toLowerCase();
    return this.listed().filter(link => link.mac === wanted);
  }

  /** The document of a link as it is. */
  async describe(link: HostLink): Promise<InterfaceDefinition> {
    const addresses = addressesByLink().get(link.index) ?? [];
    return { ...(await this.#bare(link)), mtu: link.mtu, protocols: protocolsOf(addresses) };
  }

  /** Without what a port does not show. */
  async #bare(link: HostLink): Promise<InterfaceDefinition> {
    const type = typeOf(link);
    const isUp = link.state === 'up';
    return {
      ...plainInterface(link.name),
      type,
      link: type === 'bridge' ? null : { speed: isUp ? await linkSpeed(link.name) : null, state: link.state },
      mac: type === 'bridge' ? null : link.mac,
      bridge: await this.#bridge(link),
      bond: await this.#bond(link),
      vlan: this.#vlan(link),
    };
  }

  async #bridge({ bridge, index }: HostLink): Promise<BridgeParts | null> {
    if (bridge === null) return null;
    return { stp: bridge.stp, delay: String(bridge.forwardDelay / 100), ports: await this.#ports(index) };
  }

  async #bond({ bond, index }: HostLink): Promise<BondParts | null> {
    if (bond === null) return null;
    const { miimon, downDelay, upDelay, useCarrier } = bond;
    return {
      mode: bondModes[bond.mode] ?? null,
      miimon: miimon === 0 ? null : { frequency: miimon, downDelay, upDelay, carrier: useCarrier ? 'netif' : 'ioctl' },
      // which targets it asks is not read: the document would be none without
      arpmon: null,
      ports: await this.#ports(index),
    };
  }

  #vlan({ vlanId, lower }: HostLink): InterfaceDefinition['vlan'] {
    const device = this.#links.find(({ index }) => index === lower);
    return vlanId === null || device === undefined ? null : { tag: vlanId, device: device.name };
  }

  async #ports(master: number): Promise<InterfaceDefinition[]> {
    const ports = this.#links.filter(link => link.master === master);
    ports.sort((a, b) => (a.name < b.name ? -1 : 1));
    return await Promise.all(ports.map(port => this.#bare(port)));
  }
}

export const refOf = ({ name, mac }: HostLink): HostInterfaceRef => ({ name, mac: mac ?? '' });

function typeOf({ bridge, bond, vlanId }: HostLink): InterfaceType {
  if (bridge !== null) return 'bridge';
  if (bond !== null) return 'bond';
  return vlanId === null ? 'ethernet' : 'vlan';
}

/** Addresses that a link gives itself are nobody's configuration. */
const isOwn = ({ family, address }: NamespaceAddress): boolean => family === 'ipv6' && /^fe[89ab]/i.test(address);

function protocolsOf(addresses: readonly NamespaceAddress[]): InterfaceProtocol[] {
  return (['ipv4', 'ipv6'] as const).flatMap(family => {
    const own = addresses.filter(found => found.family === family && !isOwn(found));
    if (own.length === 0) return [];
    return [
      {
        family,
        autoconf: false,
        dhcp: null,
        addresses: own.map(({ address, prefix }) => ({ address, prefix })),
        gateway: null,
      },
    ];
  });
}
