/**
 * What a domain's interface asks of the networks. A port lives as long as the interface: it is allocated when the
 * interface comes, kept over restarts of the daemon, and released when it goes. The types name no wire and no document
 * beyond what interfaces have already.
 */
import type { EventSource } from './events.ts';
import type { DhcpLease } from './network.ts';

export interface PortBandwidth {
  /** KiB per second and KiB. */
  readonly average: number | null;
  readonly peak: number | null;
  readonly floor: number | null;
  readonly burst: number | null;
}

export interface PortSettings {
  readonly virtualport: { readonly type: string | null; readonly parameters: Readonly<Record<string, string>> } | null;
  readonly bandwidth: { readonly inbound: PortBandwidth | null; readonly outbound: PortBandwidth | null } | null;
  readonly vlan: {
    readonly trunk: boolean;
    readonly tags: readonly { readonly id: number; readonly nativeMode: 'tagged' | 'untagged' | null }[];
  } | null;
  readonly isolated: boolean | null;
  readonly trustGuestRxFilters: boolean | null;
}

/** What the interface says; null where it leaves it to the network. */
export interface PortRequest extends PortSettings {
  /** The network's name. */
  readonly network: string;
  readonly portgroup: string | null;
  readonly owner: { readonly name: string; readonly uuid: string };
  readonly mac: string;
}

export type AllocatedPlug =
  /** A bridge: the network's own, or one of the host's that the network stands for. */
  { readonly type: 'bridge'; readonly bridge: string; readonly ownBridge: boolean } | AllocatedDevice;

/** One of the devices that a network gives out. */
export type AllocatedDevice =
  | {
      readonly type: 'direct';
      readonly dev: string;
      readonly mode: 'vepa' | 'private' | 'bridge' | 'passthrough';
    }
  | {
      readonly type: 'hostdev-pci';
      readonly managed: boolean;
      readonly address: {
        readonly domain: number;
        readonly bus: number;
        readonly slot: number;
        readonly function: number;
      };
    };

/** What the interface gets: the network's, the portgroup's and its own settings, made one. */
export interface AllocatedPort extends PortSettings {
  readonly portId: string;
  readonly plug: AllocatedPlug;
  /** The network's; null is the host's usual one. */
  readonly mtu: number | null;
}

export interface NetworkPorts {
  /**
   * Throws noNetwork for a network that is not there, operationInvalid or operationFailed for one that is not active or
   * has no free device, configUnsupported for settings that it cannot give.
   */
  allocate(request: PortRequest): Promise<AllocatedPort>;
  /**
   * A running domain's port after a restart of the daemon: what the network knows of it. Makes it anew when the network
   * was started anew meanwhile, with the device that the interface has of it (null: on its bridge). Throws as `allocate`
   * does, and when the network does not give that device out any more.
   */
  reclaim(portId: string, request: PortRequest, present: AllocatedDevice | null): Promise<AllocatedPort>;
  /** Of the ports that an earlier daemon allocated: the others belong to nobody any more. */
  releaseAllBut(portIds: ReadonlySet<string>): Promise<void>;
  /** Networks that have started, by their names: ports of before are not known there until they are reclaimed. */
  readonly started: EventSource<string>;
  /** The link of the host that was made for the port is there, and on its bridge. */
  plugged(network: string, portId: string, device: string): Promise<void>;
  /** Another bandwidth for a port in use; null leaves it to its portgroup. Returns what it has then. Throws as `allocate`. */
  changeBandwidth(
    network: string,
    portId: string,
    bandwidth: PortSettings['bandwidth'],
  ): Promise<PortSettings['bandwidth']>;
  /** Never throws for a network or port that is gone. */
  release(network: string, portId: string): Promise<void>;
  /** Leases of that MAC on that network; none for a network that has no DHCP, is not active or is not there. */
  leases(network: string, mac: string): Promise<readonly DhcpLease[]>;
  /** The bridges of active networks, by the networks' names. */
  bridges(): ReadonlyMap<string, string>;
}
