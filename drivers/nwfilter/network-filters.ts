import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ErrorDomain, NWFilterBindingCreateFlags, NWFilterDefineFlags } from '../contract/constants.ts';
import { errors } from '../contract/error.ts';
import { checkFlags } from '../contract/flags.ts';
import type { BoundFilter, FilteredInterface, InterfaceFilters } from '../contract/interface-filters.ts';
import type { Log } from '../contract/log.ts';
import type { NwfilterBindingRef, NwfilterRef } from '../contract/nwfilter.ts';
import type { Paths } from '../contract/paths.ts';
import { JobLock } from '../jobs/job-lock.ts';
import { DefinitionStore } from '../objects/definition-store.ts';
import { ObjectList } from '../objects/object-list.ts';
import { formatBinding, parseBinding } from '../xml/nwfilter/binding.ts';
import type { BindingDefinition, FilterDefinition } from '../xml/nwfilter/definition.ts';
import { formatFilter, formatStoredFilter, parseFilter } from '../xml/nwfilter/filter.ts';
import { Bindings, newBinding, type Binding } from './bindings.ts';
import { boundParameters } from './bound-parameters.ts';
import { checkNoLoop, type FindFilter } from './filter-tree.ts';
import { stockDocuments } from './stock-filters.ts';

export interface NetworkFiltersOptions {
  readonly paths: Paths;
  readonly log: Log;
}

const { NWFILTER } = ErrorDomain;

/** Filters below /etc/libvirt/nwfilter, bindings below /run/libvirt/nwfilter-binding, rules in nftables. */
export class NetworkFilters implements InterfaceFilters {
  readonly #log: Log;
  readonly #filters = new ObjectList<FilterDefinition>();
  readonly #bindings: Bindings;
  readonly #documents: DefinitionStore<FilterDefinition>;
  /** One for all: what a filter may be depends on every filter and binding. */
  readonly #changes = new JobLock();

  private constructor({ paths, log }: NetworkFiltersOptions) {
    this.#log = log;
    this.#bindings = new Bindings(paths, log);
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
  }

  /** With what is on disk, and what is bound already. */
  static async load(options: NetworkFiltersOptions): Promise<NetworkFilters> {
    const filters = new NetworkFilters(options);
    await filters.#start();
    return filters;
  }

  async #start(): Promise<void> {
    this.#documents.prepare();
    await this.#load();
    if (this.#filters.size === 0) await this.#addStock();
    await this.#bindings.adopt(this.#find);
  }

  /** Takes what was written meanwhile as if it had been defined, and repairs rules that somebody took away. */
  async reload(): Promise<void> {
    await this.#changes.run(async () => {
      await this.#load();
      await this.#bindings.renew(this.#find);
    });
  }

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
      if (this.#bindings.usersOf(filter.name, this.#find).length > 0)
        throw errors.operationInvalid('nwfilter is in use', NWFILTER);
      await this.#documents.remove(filter.name);
      this.#filters.remove(filter);
    });
  }

  connectListAllNwfilterBindings(flags: number): NwfilterBindingRef[] {
    checkFlags(flags, 0, 'nwfilterConnectListAllNWFilterBindings', NWFILTER);
    return this.#bindings.all().map(({ definition }) => bindingRefOf(definition));
  }

  nwfilterBindingLookupByPortDev = (portDev: string): NwfilterBindingRef =>
    bindingRefOf(this.#bindings.get(portDev).definition);

  nwfilterBindingGetXmlDesc(portDev: string, flags: number): string {
    const { definition } = this.#bindings.get(portDev);
    checkFlags(flags, 0, 'nwfilterBindingGetXMLDesc', NWFILTER);
    return formatBinding(definition);
  }

  async nwfilterBindingCreateXml(xml: string, flags: number): Promise<NwfilterBindingRef> {
    const { NWFILTER_BINDING_CREATE_VALIDATE } = NWFilterBindingCreateFlags;
    checkFlags(flags, NWFILTER_BINDING_CREATE_VALIDATE, 'nwfilterBindingCreateXML', NWFILTER);
    const definition = await parseBinding(xml, (flags & NWFILTER_BINDING_CREATE_VALIDATE) !== 0);
    return await this.#changes.run(async () => {
      const { portDev } = definition;
      if (this.#bindings.find(portDev) !== undefined)
        throw errors.operationFailed(`binding '${portDev}' already exists`, NWFILTER);
      await this.#bindings.bind(newBinding(withMac(definition)), this.#find);
      return bindingRefOf(definition);
    });
  }

  async nwfilterBindingDelete(portDev: string): Promise<void> {
    await this.#changes.run(async () => {
      this.#bindings.get(portDev);
      await this.#bindings.unbind(portDev);
    });
  }

  async bind({ owner, onBridge, isNew, ...wanted }: FilteredInterface): Promise<BoundFilter> {
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
    await this.#changes.run(async () => {
      this.nwfilterLookupByName(filter);
      const present = this.#bindings.find(portDev);
      if (present !== undefined && isNew) await this.#bindings.unbind(portDev);
      const same = present?.applied === true && isDeepStrictEqual({ ...present, applied: false }, binding);
      // whoever bound it before must not be able to release this one
      if (same && !isNew) this.#bindings.takeOver(binding);
      else await this.#bindings.bind(binding, this.#find);
    }, null);
    return { release: () => this.#release(binding) };
  }

  async #release(bound: Binding): Promise<void> {
    const { portDev } = bound.definition;
    await this.#changes.run(async () => {
      if (this.#bindings.find(portDev) === bound) await this.#bindings.unbind(portDev);
    }, null);
  }

  async #define(definition: FilterDefinition): Promise<NwfilterRef> {
    const existing = this.#checkNames(definition);
    checkNoLoop(definition, this.#find);
    const find: FindFilter = name => (name === definition.name ? definition : this.#find(name));
    const users = this.#bindings.usersOf(definition.name, find);
    await this.#bindings.apply(users, find);
    try {
      await this.#documents.save(definition);
    } catch (error) {
      await this.#bindings.apply(users, this.#find);
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

  #find: FindFilter = name => this.#filters.byName(name);

  #filter(uuid: string): FilterDefinition {
    const filter = this.#filters.byUuid(uuid);
    if (filter === undefined) throw errors.noNwfilter(`no nwfilter with matching uuid '${uuid}'`, NWFILTER);
    return filter;
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
