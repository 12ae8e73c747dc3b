/**
 * What a driver of virtual networks must do. As with HypervisorDriver, every method finds its network by the UUID of the
 * reference and throws noNetwork when it is gone, checks its own flags, and has finished, with its events emitted, when
 * its promise resolves. Methods that change a network wait for its job lock; queries never do.
 */
import type { TypedParameter } from './domain.ts';
import type { DriverLife } from './driver-life.ts';
import type { EventSource } from './events.ts';

/** A network as clients name it. */
export interface NetworkRef {
  readonly name: string;
  readonly uuid: string;
}

export interface NetworkPortRef {
  readonly network: NetworkRef;
  readonly uuid: string;
}

/** An address that the network's DHCP server has given to somebody. */
export interface DhcpLease {
  /** The bridge. */
  readonly iface: string;
  /** Seconds since 1970; 0 is never. */
  readonly expirytime: bigint;
  readonly family: 'ipv4' | 'ipv6';
  readonly mac: string | null;
  readonly iaid: string | null;
  readonly ipaddr: string;
  readonly prefix: number;
  readonly hostname: string | null;
  readonly clientid: string | null;
}

export type NetworkEvent =
  /** `event`: NetworkLifecycleEvent. */
  | { readonly kind: 'lifecycle'; readonly network: NetworkRef; readonly event: number; readonly detail: number }
  | {
      readonly kind: 'metadataChange';
      readonly network: NetworkRef;
      readonly type: number;
      readonly nsuri: string | null;
    };

export interface NetworkListing {
  /** Names of the active ones, in no order that counts. */
  connectListNetworks(): string[];
  connectNumOfNetworks(): number;
  connectListDefinedNetworks(): string[];
  connectNumOfDefinedNetworks(): number;
  connectListAllNetworks(flags: number): NetworkRef[];
  networkLookupByName(name: string): NetworkRef;
  networkLookupByUuid(uuid: string): NetworkRef;
}

export interface NetworkLifecycle {
  /**
   * Keeps a definition, or another one for a network that is there (of a running one: for its next start). Throws
   * operationFailed for a name or UUID that belongs to another network.
   */
  networkDefineXmlFlags(xml: string, flags: number): Promise<NetworkRef>;
  /** Starts a network without keeping it; it is gone when it is destroyed. */
  networkCreateXmlFlags(xml: string, flags: number): Promise<NetworkRef>;
  networkCreate(network: NetworkRef): Promise<void>;
  /** A transient network is gone afterwards. */
  networkDestroy(network: NetworkRef): Promise<void>;
  /** An active network becomes transient. */
  networkUndefine(network: NetworkRef): Promise<void>;
}

export interface NetworkQueries {
  networkGetXmlDesc(network: NetworkRef, flags: number): string;
  /** Throws internalError for a network without a bridge. */
  networkGetBridgeName(network: NetworkRef): string;
  networkGetAutostart(network: NetworkRef): boolean;
  networkSetAutostart(network: NetworkRef, autostart: boolean): Promise<void>;
  networkIsActive(network: NetworkRef): boolean;
  networkIsPersistent(network: NetworkRef): boolean;
  /** Of one MAC, if given. */
  networkGetDhcpLeases(network: NetworkRef, mac: string | null, flags: number): Promise<DhcpLease[]>;
}

export interface NetworkUpdates {
  /**
   * Changes a part of the network: `section` names it, `parentIndex` the element it belongs to (-1: the first that
   * fits), `command` what becomes of `xml`. Throws operationInvalid when what is to change is not there, or is already.
   */
  networkUpdate(
    network: NetworkRef,
    command: number,
    section: number,
    parentIndex: number,
    xml: string,
    flags: number,
  ): Promise<void>;
  networkGetMetadata(network: NetworkRef, type: number, uri: string | null, flags: number): string;
  /** A null `metadata` removes. */
  networkSetMetadata(
    network: NetworkRef,
    type: number,
    metadata: string | null,
    key: string | null,
    uri: string | null,
    flags: number,
  ): Promise<void>;
}

export interface NetworkPortCalls {
  networkListAllPorts(network: NetworkRef, flags: number): NetworkPortRef[];
  networkPortLookupByUuid(network: NetworkRef, uuid: string): NetworkPortRef;
  networkPortCreateXml(network: NetworkRef, xml: string, flags: number): Promise<NetworkPortRef>;
  networkPortGetXmlDesc(port: NetworkPortRef, flags: number): string;
  networkPortGetParameters(port: NetworkPortRef, flags: number): TypedParameter[];
  networkPortSetParameters(port: NetworkPortRef, params: readonly TypedParameter[], flags: number): Promise<void>;
  networkPortDelete(port: NetworkPortRef, flags: number): Promise<void>;
}

export interface NetworkDriver
  extends DriverLife, NetworkListing, NetworkLifecycle, NetworkQueries, NetworkUpdates, NetworkPortCalls {
  readonly networkEvents: EventSource<NetworkEvent>;
}
