/**
 * What a driver that runs domains must do. The daemon's handlers call these and nothing else; a method that is absent
 * answers VIR_ERR_NO_SUPPORT. Every method:
 * - throws LibvirtError with the code, domain and text that libvirt's own driver gives;
 * - finds a domain by the UUID of the reference, and throws noDomain when it is gone;
 * - checks its own `flags` (unknown bits: invalidArg "unsupported flags (0x…) in function …");
 * - has finished, with its events emitted, when its promise resolves.
 * Methods that change a domain wait for its job lock (at most 30 s, then operationTimeout); queries never wait.
 */
import type { Duplex } from 'node:stream';
import type {
  BlockStats,
  CpuStats,
  DomainInfo,
  DomainRef,
  DomainStateReason,
  GuestInterface,
  InterfaceStats,
  MemoryStat,
  SecurityLabel,
  TypedParameter,
} from './domain.ts';
import type { BulkStatistics } from './bulk-statistics.ts';
import type { DriverLife } from './driver-life.ts';
import type { DomainEvent, EventSource } from './events.ts';
import type { DomainBlocks } from './domain-blocks.ts';
import type { DomainCapabilities } from './domain-capabilities.ts';
import type { DomainControl } from './domain-control.ts';
import type { DomainNuma } from './domain-numa.ts';
import type { DomainVcpus } from './domain-vcpus.ts';
import type { InterfaceTuning } from './interface-tuning.ts';
import type { DomainGuestAgent } from './guest.ts';
import type { NodeOperations } from './node.ts';

/** The client on whose behalf a call runs. */
export interface Caller {
  readonly readOnly: boolean;
  /** Runs `action` once when the client's connection ends (autodestroy). Returns what takes that back. */
  onClose(action: () => void): () => void;
}

/** The connection itself. */
export interface ConnectOperations {
  /** Throws noConnect for a URI that this driver does not serve ("lxc:///", "lxc:///system" are served); flags of virConnectFlags. */
  connectOpen(uri: string, flags: number): void;
  connectGetType(): string;
  /** major * 1,000,000 + minor * 1,000 + release, of the kernel. */
  connectGetVersion(): number;
  /** Numbers of DriverFeature; the daemon answers those of the connection itself (8, 9, 10, 14, 15). */
  connectSupportsFeature(feature: number): boolean;
}

export interface DomainListing {
  connectListDomains(): number[];
  connectNumOfDomains(): number;
  connectListDefinedDomains(): string[];
  connectNumOfDefinedDomains(): number;
  connectListAllDomains(flags: number): DomainRef[];
  domainLookupById(id: number): DomainRef;
  domainLookupByUuid(uuid: string): DomainRef;
  domainLookupByName(name: string): DomainRef;
}

export interface DomainLifecycle {
  domainDefineXmlFlags(xml: string, flags: number): Promise<DomainRef>;
  /** `files` become the driver's to close, also when it throws. */
  domainCreateXml(caller: Caller, xml: string, files: readonly number[], flags: number): Promise<DomainRef>;
  domainCreateWithFlags(caller: Caller, domain: DomainRef, files: readonly number[], flags: number): Promise<DomainRef>;
  domainShutdownFlags(domain: DomainRef, flags: number): Promise<void>;
  domainReboot(domain: DomainRef, flags: number): Promise<void>;
  domainDestroyFlags(domain: DomainRef, flags: number): Promise<void>;
  domainSuspend(domain: DomainRef): Promise<void>;
  domainResume(domain: DomainRef): Promise<void>;
  domainUndefineFlags(domain: DomainRef, flags: number): Promise<void>;
  domainSendProcessSignal(domain: DomainRef, pid: bigint, signal: number, flags: number): Promise<void>;
}

export interface DomainQueries {
  domainGetInfo(domain: DomainRef): Promise<DomainInfo>;
  domainGetState(domain: DomainRef, flags: number): DomainStateReason;
  domainGetXmlDesc(domain: DomainRef, flags: number): string;
  domainGetOsType(domain: DomainRef): string;
  domainIsActive(domain: DomainRef): boolean;
  domainIsPersistent(domain: DomainRef): boolean;
  domainIsUpdated(domain: DomainRef): boolean;
  domainHasManagedSaveImage(domain: DomainRef, flags: number): boolean;
  domainGetAutostart(domain: DomainRef): boolean;
  domainSetAutostart(domain: DomainRef, autostart: boolean): Promise<void>;
  domainGetHostname(domain: DomainRef, flags: number): Promise<string>;
  domainInterfaceAddresses(domain: DomainRef, source: number, flags: number): Promise<GuestInterface[]>;
  domainGetSecurityLabel(domain: DomainRef): Promise<SecurityLabel>;
  /** `uri` is null for the title and the description. */
  domainGetMetadata(domain: DomainRef, type: number, uri: string | null, flags: number): string;
  /** A null `metadata` removes. */
  domainSetMetadata(
    domain: DomainRef,
    type: number,
    metadata: string | null,
    key: string | null,
    uri: string | null,
    flags: number,
  ): Promise<void>;
}

/** Limits of a domain. KiB where memory is meant. */
export interface DomainTuning {
  domainGetMaxMemory(domain: DomainRef): bigint;
  domainSetMaxMemory(domain: DomainRef, memory: bigint): Promise<void>;
  domainSetMemoryFlags(domain: DomainRef, memory: bigint, flags: number): Promise<void>;
  domainGetMemoryParameters(domain: DomainRef, flags: number): Promise<TypedParameter[]>;
  domainSetMemoryParameters(domain: DomainRef, params: readonly TypedParameter[], flags: number): Promise<void>;
  domainGetBlkioParameters(domain: DomainRef, flags: number): Promise<TypedParameter[]>;
  domainSetBlkioParameters(domain: DomainRef, params: readonly TypedParameter[], flags: number): Promise<void>;
  /** "posix", and how many parameters it has (0 where the kernel has no cpu controller). */
  domainGetSchedulerType(domain: DomainRef): { type: string; nparams: number };
  domainGetSchedulerParametersFlags(domain: DomainRef, flags: number): Promise<TypedParameter[]>;
  domainSetSchedulerParametersFlags(domain: DomainRef, params: readonly TypedParameter[], flags: number): Promise<void>;
}

export interface DomainStatistics {
  /** `startCpu` -1 asks for the total; `ncpus` 0 for the number of CPUs. */
  domainGetCpuStats(domain: DomainRef, startCpu: number, ncpus: number, flags: number): Promise<CpuStats>;
  domainMemoryStats(domain: DomainRef, flags: number): Promise<MemoryStat[]>;
  /** An empty `path` asks for all of the container's I/O. */
  domainBlockStats(domain: DomainRef, path: string): Promise<BlockStats>;
  domainBlockStatsFlags(domain: DomainRef, path: string, flags: number): Promise<TypedParameter[]>;
  /** How many parameters that has, also while the domain does not run. */
  domainBlockStatsCount(domain: DomainRef, flags: number): number;
  domainInterfaceStats(domain: DomainRef, device: string): Promise<InterfaceStats>;
}

export interface DomainAccess {
  /**
   * The console of that alias or, without one, the first. The stream's end is the console's; destroying it leaves the
   * console. Flags: FORCE takes a console over from its present holder, SAFE wants exclusive use to be certain.
   */
  domainOpenConsole(domain: DomainRef, device: string | null, flags: number): Promise<Duplex>;
  /** Descriptors of init's namespaces (libvirt's order: user first is not asked for; see the LXC program). The caller closes them. */
  domainLxcOpenNamespace(domain: DomainRef, flags: number): Promise<number[]>;
}

/** Hot-plug and stored devices. */
export interface DomainDevices {
  domainAttachDeviceFlags(domain: DomainRef, xml: string, flags: number): Promise<void>;
  domainDetachDeviceFlags(domain: DomainRef, xml: string, flags: number): Promise<void>;
  domainUpdateDeviceFlags(domain: DomainRef, xml: string, flags: number): Promise<void>;
  /** By its name in the running domain, or by the one that its user gave it. */
  domainDetachDeviceAlias(domain: DomainRef, alias: string, flags: number): Promise<void>;
}

/** Configurations of other systems, by libvirt's names of their formats. */
export interface NativeConfigurations {
  connectDomainXmlFromNative(format: string, config: string, flags: number): Promise<string>;
  connectDomainXmlToNative(format: string, xml: string, flags: number): Promise<string>;
}

/** Everything but what only some drivers can do. */
export interface HypervisorDriver
  extends
    DriverLife,
    ConnectOperations,
    NodeOperations,
    DomainListing,
    DomainLifecycle,
    DomainQueries,
    DomainTuning,
    DomainStatistics,
    DomainAccess,
    Partial<BulkStatistics>,
    Partial<NativeConfigurations>,
    Partial<DomainDevices>,
    Partial<InterfaceTuning>,
    Partial<DomainCapabilities>,
    Partial<DomainBlocks>,
    Partial<DomainControl>,
    Partial<DomainNuma>,
    Partial<DomainVcpus>,
    Partial<DomainGuestAgent> {
  readonly domainEvents: EventSource<DomainEvent>;
}
