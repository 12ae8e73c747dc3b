/**
 * A driver for tests of the daemon: it keeps domains in memory, where "running" is a number. It obeys the contract, so
 * that what the daemon makes of it can be seen without a kernel. Documents are `<domain><name>…</name>…</domain>`.
 */
import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { PassThrough } from 'node:stream';
import {
  DomainEventDefinedDetailType,
  DomainEventStartedDetailType,
  DomainEventStoppedDetailType,
  DomainEventType,
  DomainState,
} from '../../drivers/contract/constants.ts';
import type { DomainStatisticsRecord } from '../../drivers/contract/bulk-statistics.ts';
import type { DomainRef, TypedParameter } from '../../drivers/contract/domain.ts';
import { errors } from '../../drivers/contract/error.ts';
import { EventChannel } from '../../drivers/contract/event-channel.ts';
import type { DomainEvent } from '../../drivers/contract/events.ts';
import type { Caller, HypervisorDriver } from '../../drivers/contract/hypervisor.ts';

interface MemoryDomain {
  readonly name: string;
  readonly uuid: string;
  id: number;
  xml: string;
  autostart: boolean;
  paused: boolean;
  memory: bigint;
  readonly metadata: Map<string, string>;
}

const ullong = (field: string, value: bigint): TypedParameter => ({ field, type: 'ullong', value });

export class MemoryDriver implements HypervisorDriver {
  readonly #domains = new Map<string, MemoryDomain>();
  #lastId = 100;
  /** Names of the contract's calls that change the whole driver, in the order they came. */
  readonly life: string[] = [];
  /** Descriptors that came with a start. */
  readonly files: number[] = [];
  console: Duplex = new PassThrough();

  readonly domainEvents = new EventChannel<DomainEvent>();

  async start(): Promise<void> {
    this.life.push('start');
  }
  async autostart(): Promise<void> {
    this.life.push('autostart');
  }
  async reload(): Promise<void> {
    this.life.push('reload');
  }
  async close(): Promise<void> {
    this.life.push('close');
  }
  activeCount(): number {
    return this.connectNumOfDomains();
  }

  connectOpen(uri: string): void {
    if (uri !== 'lxc:///' && uri !== 'lxc:///system') throw errors.noConnect(uri, 0);
  }
  connectGetType = (): string => 'LXC';
  connectGetVersion = (): number => 6_018_000;
  connectSupportsFeature = (): boolean => false;
  connectGetHostname = (): string => 'host';
  connectGetSysinfo = async (): Promise<string> => '<sysinfo/>';
  connectGetCapabilities = async (): Promise<string> => '<capabilities/>';

  nodeGetInfo = () => ({ model: 'x86_64', memory: 4096n, cpus: 2, mhz: 0, nodes: 1, sockets: 1, cores: 2, threads: 1 });
  nodeGetCpuStats = () => ['kernel', 'user', 'idle', 'iowait'].map((field, at) => ({ field, value: BigInt(at) }));
  nodeGetMemoryStats = () => ['total', 'free', 'buffers', 'cached'].map((field, at) => ({ field, value: BigInt(at) }));
  nodeGetCellsFreeMemory = (): bigint[] => [1n];
  nodeGetFreeMemory = (): bigint => 1n;
  nodeGetCpuMap = () => ({ cpus: 2, map: Buffer.of(3), online: 2 });
  nodeGetSecurityModel = () => ({ model: 'none', doi: '0' });
  nodeGetMemoryParameters = (): TypedParameter[] => [ullong('shm_pages_shared', 1n), ullong('shm_full_scans', 2n)];
  async nodeSetMemoryParameters(): Promise<void> {}
  nodeGetFreePages = (pages: readonly number[]): bigint[] => pages.map(BigInt);
  nodeAllocPages = async (): Promise<number> => 1;
  async nodeSuspendForDuration(): Promise<void> {}

  connectListDomains = (): number[] => this.#running().map(({ id }) => id);
  connectNumOfDomains = (): number => this.#running().length;
  connectListDefinedDomains = (): string[] => this.#stopped().map(({ name }) => name);
  connectNumOfDefinedDomains = (): number => this.#stopped().length;
  connectListAllDomains = (): DomainRef[] => [...this.#domains.values()].map(refOf);
  domainLookupById = (id: number): DomainRef => refOf(this.#one(domain => domain.id === id, `id ${id}`));
  domainLookupByName = (name: string): DomainRef => refOf(this.#one(domain => domain.name === name, `name '${name}'`));
  domainLookupByUuid = (uuid: string): DomainRef => refOf(this.#of({ uuid }));

  async domainDefineXmlFlags(xml: string): Promise<DomainRef> {
    const name = /<name>(.*?)<\/name>/.exec(xml)?.[1];
    if (name === undefined) throw errors.xmlError('missing name');
    const uuid = /<uuid>(.*?)<\/uuid>/.exec(xml)?.[1] ?? randomUUID();
    const domain = { name, uuid, id: -1, xml, autostart: false, paused: false, memory: 65_536n, metadata: new Map() };
    this.#domains.set(uuid, domain);
    this.#lifecycle(domain, DomainEventType.DEFINED, DomainEventDefinedDetailType.ADDED);
    return refOf(domain);
  }
  async domainCreateXml(caller: Caller, xml: string, files: readonly number[], flags: number): Promise<DomainRef> {
    return this.domainCreateWithFlags(caller, await this.domainDefineXmlFlags(xml), files, flags);
  }
  async domainCreateWithFlags(
    caller: Caller,
    ref: DomainRef,
    files: readonly number[],
    flags: number,
  ): Promise<DomainRef> {
    const domain = this.#of(ref);
    if (domain.id >= 0) throw errors.operationInvalid('Domain is already running');
    this.files.push(...files);
    this.#lastId += 1;
    domain.id = this.#lastId;
    if ((flags & 2) !== 0) caller.onClose(() => void this.domainDestroyFlags(domain));
    this.#lifecycle(domain, DomainEventType.STARTED, DomainEventStartedDetailType.BOOTED);
    return refOf(domain);
  }
  async domainDestroyFlags(ref: DomainRef): Promise<void> {
    const domain = this.#runningOf(ref);
    domain.id = -1;
    this.#lifecycle(domain, DomainEventType.STOPPED, DomainEventStoppedDetailType.DESTROYED);
  }
  domainShutdownFlags = (ref: DomainRef): Promise<void> => this.domainDestroyFlags(ref);
  async domainReboot(ref: DomainRef): Promise<void> {
    this.domainEvents.emit({ kind: 'reboot', domain: refOf(this.#runningOf(ref)) });
  }
  async domainSuspend(ref: DomainRef): Promise<void> {
    this.#runningOf(ref).paused = true;
  }
  async domainResume(ref: DomainRef): Promise<void> {
    this.#runningOf(ref).paused = false;
  }
  async domainUndefineFlags(ref: DomainRef): Promise<void> {
    const domain = this.#of(ref);
    this.#domains.delete(domain.uuid);
    this.#lifecycle(domain, DomainEventType.UNDEFINED, 0);
  }
  async domainSendProcessSignal(ref: DomainRef): Promise<void> {
    this.#runningOf(ref);
  }

  async domainGetInfo(ref: DomainRef) {
    const { memory } = this.#of(ref);
    return { ...this.domainGetState(ref), maxMemory: memory, memory: 5n, vcpus: 1, cpuTime: 2n ** 40n };
  }
  domainGetState(ref: DomainRef) {
    const { id, paused } = this.#of(ref);
    const active = paused ? DomainState.PAUSED : DomainState.RUNNING;
    return { state: id < 0 ? DomainState.SHUTOFF : active, reason: 1 };
  }
  domainGetXmlDesc = (ref: DomainRef): string => this.#of(ref).xml;
  domainGetOsType = (): string => 'exe';
  domainIsActive = (ref: DomainRef): boolean => this.#of(ref).id >= 0;
  domainIsPersistent = (): boolean => true;
  domainIsUpdated = (): boolean => false;
  domainHasManagedSaveImage = (): boolean => false;
  domainGetAutostart = (ref: DomainRef): boolean => this.#of(ref).autostart;
  async domainSetAutostart(ref: DomainRef, autostart: boolean): Promise<void> {
    this.#of(ref).autostart = autostart;
  }
  domainGetHostname = async (ref: DomainRef): Promise<string> => this.#of(ref).name;
  domainInterfaceAddresses = async () => [
    {
      name: 'vnet0',
      hwaddr: '52:54:00:00:00:01',
      addresses: [
        { family: 'ipv4', address: '192.0.2.1', prefix: 24 } as const,
        { family: 'ipv6', address: '2001:db8::1', prefix: 64 } as const,
      ],
    },
  ];
  domainGetSecurityLabel = async () => ({ label: 'label', enforcing: true });
  domainGetMetadata(ref: DomainRef, type: number, uri: string | null): string {
    const metadata = this.#of(ref).metadata.get(`${type} ${uri}`);
    if (metadata === undefined) throw errors.noDomainMetadata('Requested metadata element is not present');
    return metadata;
  }
  async domainSetMetadata(
    ref: DomainRef,
    type: number,
    metadata: string | null,
    _key: string | null,
    uri: string | null,
  ): Promise<void> {
    const domain = this.#of(ref);
    if (metadata === null) domain.metadata.delete(`${type} ${uri}`);
    else domain.metadata.set(`${type} ${uri}`, metadata);
    this.domainEvents.emit({ kind: 'metadataChange', domain: refOf(domain), type, nsuri: uri });
  }

  domainGetMaxMemory = (ref: DomainRef): bigint => this.#of(ref).memory;
  async domainSetMaxMemory(ref: DomainRef, memory: bigint): Promise<void> {
    this.#of(ref).memory = memory;
  }
  domainSetMemoryFlags = (ref: DomainRef, memory: bigint): Promise<void> => this.domainSetMaxMemory(ref, memory);
  domainGetMemoryParameters = async (): Promise<TypedParameter[]> => [
    ullong('hard_limit', 1n),
    ullong('soft_limit', 2n),
    ullong('swap_hard_limit', 3n),
  ];
  async domainSetMemoryParameters(): Promise<void> {}
  domainGetBlkioParameters = async (): Promise<TypedParameter[]> => [
    { field: 'weight', type: 'uint', value: 100 },
    { field: 'device_weight', type: 'string', value: '' },
  ];
  async domainSetBlkioParameters(): Promise<void> {}
  domainGetSchedulerType = () => ({ type: 'posix', nparams: 3 });
  domainGetSchedulerParametersFlags = async (): Promise<TypedParameter[]> => [
    ullong('cpu_shares', 1024n),
    ullong('vcpu_period', 100_000n),
    { field: 'vcpu_quota', type: 'llong', value: -1n },
  ];
  async domainSetSchedulerParametersFlags(): Promise<void> {}

  async domainGetCpuStats(_ref: DomainRef, startCpu: number, ncpus: number) {
    const total = [ullong('cpu_time', 9n), ullong('user_time', 4n), ullong('system_time', 5n)];
    if (startCpu < 0) return { params: [total], nparams: 3, cpus: 2 };
    const cpus = [0n, 1n].slice(startCpu, startCpu + ncpus);
    return { params: cpus.map(cpu => [ullong('cpu_time', cpu)]), nparams: 1, cpus: 2 };
  }
  domainMemoryStats = async () => [6, 0, 7].map(tag => ({ tag, value: BigInt(tag) }));
  domainBlockStats = async () => ({ readRequests: 1n, readBytes: 2n, writeRequests: 3n, writeBytes: 4n, errors: -1n });
  connectGetAllDomainStats = async (
    domains: readonly DomainRef[] | null,
    stats: number,
  ): Promise<DomainStatisticsRecord[]> =>
    (domains ?? this.connectListAllDomains()).map(dom => ({
      dom,
      params: [{ field: 'state.state', type: 'int', value: stats }],
    }));
  domainBlockStatsCount = (): number => 2;
  domainBlockStatsFlags = async (): Promise<TypedParameter[]> => [
    { field: 'wr_bytes', type: 'llong', value: 4n },
    { field: 'rd_bytes', type: 'llong', value: 2n },
  ];
  domainInterfaceStats = async () => ({
    rxBytes: 1n,
    rxPackets: 2n,
    rxErrors: 3n,
    rxDrops: 4n,
    txBytes: 5n,
    txPackets: 6n,
    txErrors: 7n,
    txDrops: 8n,
  });

  domainOpenConsole = async (): Promise<Duplex> => this.console;
  domainLxcOpenNamespace = async (): Promise<number[]> => [];

  #running = (): MemoryDomain[] => [...this.#domains.values()].filter(({ id }) => id >= 0);
  #stopped = (): MemoryDomain[] => [...this.#domains.values()].filter(({ id }) => id < 0);

  #one(isIt: (domain: MemoryDomain) => boolean, what: string): MemoryDomain {
    const found = [...this.#domains.values()].find(isIt);
    if (found === undefined) throw errors.noDomain(`no domain with matching ${what}`);
    return found;
  }

  #of = ({ uuid }: { uuid: string }): MemoryDomain => this.#one(domain => domain.uuid === uuid, `uuid '${uuid}'`);

  #runningOf(ref: DomainRef): MemoryDomain {
    const domain = this.#of(ref);
    if (domain.id < 0) throw errors.operationInvalid('domain is not running');
    return domain;
  }

  #lifecycle(domain: MemoryDomain, event: number, detail: number): void {
    this.domainEvents.emit({ kind: 'lifecycle', domain: refOf(domain), event, detail });
  }
}

const refOf = ({ name, uuid, id }: MemoryDomain): DomainRef => ({ name, uuid, id });
