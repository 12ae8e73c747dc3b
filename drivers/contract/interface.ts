import type { DriverLife } from './driver-life.ts';

/** What identifies a network interface of the host to clients. */
export interface HostInterfaceRef {
  readonly name: string;
  /** Lower case, with colons; empty for one that has none, as one that is defined only. */
  readonly mac: string;
}

/**
 * Network interfaces of the host. They are the kernel's links, and those defined through this driver, which are links only
 * while they are started. Links that belong to another (the ports of a bridge or bond) are looked up and described, but
 * not listed. Active is what is administratively up. An interface is found by its name alone: every call with a name
 * throws noInterface when there is none. Errors are of the domain INTERFACE.
 *
 * What changes an interface goes through the host's own configuration (ifupdown or systemd-networkd): the calls throw
 * operationUnsupported on a host with neither. They wait for one another.
 */
export interface InterfaceDriver extends DriverLife {
  connectNumOfInterfaces(): number;
  /** Names of active interfaces. */
  connectListInterfaces(): string[];
  connectNumOfDefinedInterfaces(): number;
  /** Names of inactive interfaces. */
  connectListDefinedInterfaces(): string[];
  /** `flags`: ConnectListAllInterfacesFlags. */
  connectListAllInterfaces(flags: number): HostInterfaceRef[];

  interfaceLookupByName(name: string): HostInterfaceRef;
  /** Throws multipleInterfaces when several have that address. */
  interfaceLookupByMacString(mac: string): HostInterfaceRef;
  interfaceIsActive(name: string): boolean;
  /** `flags`: InterfaceXMLFlags; the inactive document is what was defined, where anything was. */
  interfaceGetXmlDesc(name: string, flags: number): Promise<string>;

  /** Writes the host's configuration; nothing is started. Throws operationFailed for a name that the host configures itself. */
  interfaceDefineXml(xml: string, flags: number): Promise<HostInterfaceRef>;
  /** Removes what define wrote; an active interface stays as it is. Throws operationInvalid for what was not defined here. */
  interfaceUndefine(name: string): Promise<void>;
  /** Throws operationInvalid for one that is active, operationFailed with what the host's program said. */
  interfaceCreate(name: string, flags: number): Promise<void>;
  interfaceDestroy(name: string, flags: number): Promise<void>;

  /** Notes what is defined, over restarts too. Throws operationInvalid when it has been noted already. */
  interfaceChangeBegin(flags: number): Promise<void>;
  /** Forgets the note. Throws operationInvalid when there is none, as rollback does. */
  interfaceChangeCommit(flags: number): Promise<void>;
  /** Defines what was defined at the beginning, and restarts what changed since and is active. */
  interfaceChangeRollback(flags: number): Promise<void>;
}
