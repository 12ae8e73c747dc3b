import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { findLink } from '../../native/network/links.ts';
import { ErrorDomain, NWFilterBindingCreateFlags, NWFilterDefineFlags } from '../contract/constants.ts';
import { errors } from '../contract/error.ts';
import { checkFlags } from '../contract/flags.ts';
import type { BoundFilter, FilteredInterface, InterfaceFilters } from '../contract/interface-filters.ts';
import type { Log } from '../contract/log.ts';
import type { NwfilterBindingRef, NwfilterDriver, NwfilterRef } from '../contract/nwfilter.ts';
import type { Paths } from '../contract/paths.ts';
import { JobLock } from '../jobs/job-lock.ts';
import { DefinitionStore } from '../objects/definition-store.ts';
import { ObjectList } from '../objects/object-list.ts';
import { formatBinding, formatBindingStatus, parseBinding, parseBindingStatus } from '../xml/nwfilter/binding.ts';
import type { BindingDefinition, FilterDefinition } from '../xml/nwfilter/definition.ts';
import { formatFilter, formatStoredFilter, parseFilter } from '../xml/nwfilter/filter.ts';
import { boundParameters } from './bound-parameters.ts';
import { checkNoLoop, reachedFilters, type FindFilter } from './filter-tree.ts';
import { PacketFilter, type FilteredPort } from './packet-filter.ts';
import { portRules } from './rules/port-rules.ts';
import { stockDocuments } from './stock-filters.ts';

export interface NwfilterDriverOptions {
  readonly paths: Paths;
  readonly log: Log;
}

const { NWFILTER } = ErrorDomain;

/** A binding, and whether its link is a bridge's port or will be one. */
interface Binding {
  readonly definition: BindingDefinition;
  readonly onBridge: boolean;
  /** Whether its rules are known to be at work. */
  applied: boolean;
}

/** Filters below /etc/libvirt/nwfilter, bindings below /run/libvirt/nwfilter-binding, rules in nftables. */
export class NetworkFilters implements NwfilterDriver, InterfaceFilters {
  readonly #log: Log;
  readonly #filters = new ObjectList<FilterDefinition>();
  readonly #bindings = new Map<string, Binding>();
  readonly #documents: DefinitionStore<FilterDefinition>;
  readonly #statuses: DefinitionStore<BindingDefinition>;
  readonly #packets: PacketFilter;
  /** One for all: what a filter may be depends on every filter and binding. */
  readonly #changes = new JobLock();

  constructor({ paths, log }: NwfilterDriverOptions) {
    this.#log = log;
    this.#packets = new PacketFilter(paths, log);
    this.#documents = new DefinitionStore<FilterDefinition>(
      {
        what: 'network filter',
        directory: join(paths.etc, 'nwfilter'),
        autostart: null,
        nameOf: ({ name }) => name,
        parse: parseFilter,
        format: formatStoredFilter,
        durable: true,
      },
      log,
    );
    this.#statuses = new DefinitionStore<BindingDefinition>(
      {
        what: 'binding of a network filter',
        directory: join(paths.run, 'nwfilter-binding'),
        autostart: null,
        nameOf: ({ portDev }) => portDev,
        parse: parseBindingStatus,
        format: formatBindingStatus,
        durable: false,
      },
      log,
    );
  }

  async start(): Promise<void> {
    this.#documents.prepare();
    this.#statuses.prepare();
    await this.#load();
    if (this.#filters.size === 0) await this.#addStock();
    await this.#adopt();
  }

  async autostart(): Promise<void> {}

  /** Takes what was written meanwhile as if it had been defined, and repairs rules that somebody took away. */
  async reload(): Promise<void> {
    await this.#changes.run(async () => {
      await this.#load();
      this.#packets.lookAgain();
      await this.#apply([...this.#bindings.values()], this.#find);
    });
  }

  /** Rules work without a daemon. */
  activeCount = (): number => 0;

  async close(): Promise<void> {}

  connectNumOfNwfilters = (): number => this.#filters.size;

  connectListNwfilters = (): string[] => [...this.#filters.all()].map(({ name }) => name);

  connectListAllNwfilters(flags: number): NwfilterRef[] {
    checkFlags(flags, 0, 'nwfilterConnectListAllNWFilters', NWFILTER);
    return [...this.#filters.all()].map(refOf);
  }

  nwfilterLookupByName(name: string): NwfilterRef {
    const filter = this.#filters.byName(name);
    if (filter === undefined) throw errors.noNwfilter(`no nwfilter with matching name '${name}'`, NWFILTER);
    return refOf(filter);
  }

  nwfilterLookupByUuid = (uuid: string): NwfilterRef => refOf(this.#filter(uuid));

  nwfilterGetXmlDesc(uuid: string, flags: number): string {
    checkFlags(flags, 0, 'nwfilterGetXMLDesc', NWFILTER);
    return formatFilter(this.#filter(uuid));
  }

  async nwfilterDefineXml(xml: string, flags: number): Promise<NwfilterRef> {
    const { NWFILTER_DEFINE_VALIDATE } = NWFilterDefineFlags;
    checkFlags(flags, NWFILTER_DEFINE_VALIDATE, 'nwfilterDefineXMLFlags', NWFILTER);
    const definition = await parseFilter(xml, (flags & NWFILTER_DEFINE_VALIDATE) !== 0);
    return await this.#changes.run(() => this.#define(definition));
  }

  async nwfilterUndefine(uuid: string): Promise<void> {
    await this.#changes.run(async () => {
      const filter = this.#filter(uuid);
      if (this.#usersOf(filter.name, this.#find).length > 0)
        throw errors.operationInvalid('nwfilter is in use', NWFILTER);
      await this.#documents.remove(filter.name);
      this.#filters.remove(filter);
    });
  }

  connectListAllNwfilterBindings(flags: number): NwfilterBindingRef[] {
    checkFlags(flags, 0, 'nwfilterConnectListAllNWFilterBindings', NWFILTER);
    return [...this.#bindings.values()].map(({ definition }) => bindingRefOf(definition));
  }

  nwfilterBindingLookupByPortDev = (portDev: string): NwfilterBindingRef =>
    bindingRefOf(this.#binding(portDev).definition);

  nwfilterBindingGetXmlDesc(portDev: string, flags: number): string {
    const { definition } = this.#binding(portDev);
    checkFlags(flags, 0, 'nwfilterBindingGetXMLDesc', NWFILTER);
    return formatBinding(definition);
  }

  async nwfilterBindingCreateXml(xml: string, flags: number): Promise<NwfilterBindingRef> {
    const { NWFILTER_BINDING_CREATE_VALIDATE } = NWFilterBindingCreateFlags;
    checkFlags(flags, NWFILTER_BINDING_CREATE_VALIDATE, 'nwfilterBindingCreateXML', NWFILTER);
    const definition = await parseBinding(xml, (flags & NWFILTER_BINDING_CREATE_VALIDATE) !== 0);
    return await this.#changes.run(async () => {
      const { portDev } = definition;
      if (this.#bindings.has(portDev)) throw errors.operationFailed(`binding '${portDev}' already exists`, NWFILTER);
      await this.#bind({ definition: withMac(definition), onBridge: isOnBridge(portDev), applied: false });
      return bindingRefOf(definition);
    });
  }

  async nwfilterBindingDelete(portDev: string): Promise<void> {
    await this.#changes.run(async () => {
      this.#binding(portDev);
      await this.#unbind(portDev);
    });
  }

  async bind({ owner, onBridge, ...wanted }: FilteredInterface): Promise<BoundFilter> {
    const { filter, portDev, mac } = wanted;
    const definition: BindingDefinition = {
      ownerName: owner.name,
      ownerUuid: owner.uuid,
      portDev,
      linkDev: null,
      mac,
      filterref: { filter, parameters: boundParameters(wanted) },
    };
    const binding: Binding = { definition, onBridge, applied: false };
    const bound = await this.#changes.run(async () => {
      this.nwfilterLookupByName(filter);
      const present = this.#bindings.get(portDev);
      if (present?.applied === true && isDeepStrictEqual({ ...present, applied: false }, binding)) return present;
      await this.#bind(binding);
      return binding;
    }, null);
    return { release: () => this.#release(bound) };
  }

  async #release(bound: Binding): Promise<void> {
    const { portDev } = bound.definition;
    await this.#changes.run(async () => {
      if (this.#bindings.get(portDev) === bound) await this.#unbind(portDev);
    }, null);
  }

  async #define(definition: FilterDefinition): Promise<NwfilterRef> {
    const existing = this.#checkNames(definition);
    checkNoLoop(definition, this.#find);
    const find: FindFilter = name => (name === definition.name ? definition : this.#find(name));
    const users = this.#usersOf(definition.name, find);
    await this.#apply(users, find);
    try {
      await this.#documents.save(definition);
    } catch (error) {
      await this.#apply(users, this.#find);
      throw error;
    }
    if (existing !== undefined) this.#filters.remove(existing);
    this.#filters.add(definition);
    return refOf(definition);
  }

  /** Names and UUIDs belong together. */
  #checkNames({ name, uuid }: FilterDefinition): FilterDefinition | undefined {
    const sameUuid = this.#filters.byUuid(uuid);
    if (sameUuid !== undefined && sameUuid.name !== name)
      throw errors.operationFailed(
        `filter with same UUID but different name ('${sameUuid.name}') already exists`,
        NWFILTER,
      );
    const sameName = this.#filters.byName(name);
    if (sameName !== undefined && sameName.uuid !== uuid)
      throw errors.operationFailed(`filter '${name}' already exists with uuid ${sameName.uuid}`, NWFILTER);
    return sameName;
  }

  #usersOf(name: string, find: FindFilter): Binding[] {
    return [...this.#bindings.values()].filter(({ definition }) =>
      reachedFilters(definition.filterref.filter, find).has(name),
    );
  }

  /** The rules last: once the kernel has them the rest must be there to take them away again. */
  async #bind(binding: Binding): Promise<void> {
    const { portDev } = binding.definition;
    const before = this.#bindings.get(portDev);
    const ports = await this.#ports([binding], this.#find);
    await this.#statuses.save(binding.definition);
    this.#bindings.set(portDev, binding);
    try {
      await this.#packets.replace(ports);
      binding.applied = true;
    } catch (error) {
      if (before === undefined) {
        this.#bindings.delete(portDev);
        await this.#statuses.remove(portDev);
      } else {
        this.#bindings.set(portDev, before);
        await this.#statuses.save(before.definition);
      }
      throw error;
    }
  }

  async #unbind(portDev: string): Promise<void> {
    await this.#packets.remove([portDev]);
    this.#bindings.delete(portDev);
    await this.#statuses.remove(portDev);
  }

  async #apply(bindings: readonly Binding[], find: FindFilter): Promise<void> {
    await this.#packets.replace(await this.#ports(bindings, find));
    for (const binding of bindings) binding.applied = true;
  }

  async #ports(bindings: readonly Binding[], find: FindFilter): Promise<FilteredPort[]> {
    if (bindings.length === 0) return [];
    const canReject = await this.#packets.canReject();
    return bindings.map(({ definition, onBridge }) => ({
      rules: portRules(definition, find, canReject || !onBridge),
      family: onBridge ? 'bridge' : 'netdev',
    }));
  }

  async #load(): Promise<void> {
    for (const definition of await this.#documents.load()) {
      try {
        const existing = this.#checkNames(definition);
        checkNoLoop(definition, this.#find);
        if (existing !== undefined) this.#filters.remove(existing);
        this.#filters.add(definition);
      } catch (error) {
        this.#log.warn(
          { path: this.#documents.path(definition.name), error },
          'A network filter on disk is passed over',
        );
      }
    }
  }

  async #addStock(): Promise<void> {
    const definitions = await Promise.all(stockDocuments().map(document => parseFilter(document)));
    await Promise.all(definitions.map(definition => this.#documents.save(definition)));
    for (const definition of definitions) this.#filters.add(definition);
  }

  /**
   * Bindings of an earlier daemon: their rules are at work, and are made again where they are missing or are not what they
   * should be. One whose rules cannot be made keeps those that it has. What belongs to no link any more goes.
   */
  async #adopt(): Promise<void> {
    for (const definition of await this.#statuses.load())
      if (findLink(definition.portDev) === null) await this.#statuses.remove(definition.portDev);
      else this.#bindings.set(definition.portDev, { definition, onBridge: isOnBridge(definition.portDev), applied: false });
    try {
      await this.#repair();
      const ports = await this.#packets.ports();
      await this.#packets.remove(ports.filter(port => !this.#bindings.has(port)));
    } catch (error) {
      this.#log.error({ error }, 'The rules of network filters could not be looked at');
    }
  }

  async #repair(): Promise<void> {
    const bindings = [...this.#bindings.values()];
    try {
      await this.#apply(bindings, this.#find);
    } catch {
      for (const binding of bindings)
        await this.#apply([binding], this.#find).catch((error: unknown) =>
          this.#log.error({ port: binding.definition.portDev, error }, 'A network filter could not be applied anew'),
        );
    }
  }

  #find: FindFilter = name => this.#filters.byName(name);

  #filter(uuid: string): FilterDefinition {
    const filter = this.#filters.byUuid(uuid);
    if (filter === undefined) throw errors.noNwfilter(`no nwfilter with matching uuid '${uuid}'`, NWFILTER);
    return filter;
  }

  #binding(portDev: string): Binding {
    const binding = this.#bindings.get(portDev);
    if (binding === undefined)
      throw errors.noNwfilterBinding(`no nwfilter binding for port dev '${portDev}'`, NWFILTER);
    return binding;
  }
}

const refOf = ({ name, uuid }: FilterDefinition): NwfilterRef => ({ name, uuid });

const bindingRefOf = ({ portDev, filterref }: BindingDefinition): NwfilterBindingRef => ({
  portdev: portDev,
  filtername: filterref.filter,
});

/** libvirt shows the address among the parameters, too. */
const withMac = (definition: BindingDefinition): BindingDefinition => {
  const { filter, parameters } = definition.filterref;
  return {
    ...definition,
    filterref: { filter, parameters: boundParameters({ mac: definition.mac, parameters, addresses: [] }) },
  };
};

/** A link that is there and has no bridge is filtered by itself; any other is, or will be, a bridge's port. */
function isOnBridge(portDev: string): boolean {
  const link = findLink(portDev);
  return link === null || link.master !== null;
}
