import type { VirtualPort, Vlan } from '../domain/definition.ts';
import type { NetworkBandwidth, PciAddress } from './definition.ts';

/** Where a guest's interface is plugged in. */
export type PortPlug =
  /** A bridge that the network made; `bridge` one of the host's own. */
  | { type: 'network' | 'bridge'; bridge: string; macTableManager: 'kernel' | 'libvirt' | null }
  | { type: 'direct'; dev: string; mode: DirectMode }
  | { type: 'hostdev-pci'; managed: boolean; driver: 'kvm' | 'vfio' | null; address: PciAddress };

export type DirectMode = 'vepa' | 'private' | 'bridge' | 'passthrough';

/** What a `<networkport>` says: one interface of one guest on a network, with what the network made of its wishes. */
export interface NetworkPort {
  uuid: string;
  owner: { name: string; uuid: string };
  mac: string;
  /** The portgroup's name. */
  group: string | null;
  bandwidth: NetworkBandwidth | null;
  trustGuestRxFilters: boolean | null;
  isolated: boolean | null;
  virtualport: VirtualPort | null;
  vlan: Vlan | null;
  /** Null in a document that asks for a port: the network chooses. */
  plug: PortPlug | null;
  /** The class of a port with a floor, within the bridge's; null without one. */
  classId: number | null;
}
