import { findLink } from '../../native/network/links.ts';
import { ErrorDomain } from '../contract/constants.ts';
import { errors } from '../contract/error.ts';
import type { Log } from '../contract/log.ts';
import type { Paths } from '../contract/paths.ts';
import { DefinitionStore } from '../objects/definition-store.ts';
import { formatBindingStatus, parseBindingStatus } from '../xml/nwfilter/binding.ts';
import type { BindingDefinition } from '../xml/nwfilter/definition.ts';
import { bindingDirectory } from './binding-directory.ts';
import { reachedFilters, type FindFilter } from './filter-tree.ts';
import { PacketFilter, type FilteredPort } from './packet-filter.ts';
import { portRules } from './rules/port-rules.ts';

/** A binding, and whether its link is a bridge's port or will be one. */
export interface Binding {
  readonly definition: BindingDefinition;
  readonly onBridge: boolean;
  /** Whether its rules are known to be at work. */
  applied: boolean;
}

/** One that is not at work yet. A link that is there and has no bridge is filtered by itself. */
export function newBinding(definition: BindingDefinition): Binding {
  const link = findLink(definition.portDev);
  return { definition, onBridge: link === null || link.master !== null, applied: false };
}

/** The links that are filtered: on disk, so that the next daemon knows them, and in the kernel. Called one after the other. */
export class Bindings {
  readonly #log: Log;
  readonly #byPort = new Map<string, Binding>();
  readonly #statuses: DefinitionStore<BindingDefinition>;
  readonly #packets: PacketFilter;

  constructor(paths: Paths, log: Log) {
    this.#log = log;
    this.#packets = new PacketFilter(paths, log);
    this.#statuses = new DefinitionStore<BindingDefinition>(
      {
        what: 'binding of a network filter',
        directory: bindingDirectory(paths),
        autostart: null,
        nameOf: ({ portDev }) => portDev,
        parse: parseBindingStatus,
        format: formatBindingStatus,
        durable: false,
      },
      log,
    );
  }

  all = (): Binding[] => [...this.#byPort.values()];

  find = (portDev: string): Binding | undefined => this.#byPort.get(portDev);

  /** Throws noNwfilterBinding. */
  get(portDev: string): Binding {
    const binding = this.#byPort.get(portDev);
    if (binding === undefined)
      throw errors.noNwfilterBinding(`no nwfilter binding for port dev '${portDev}'`, ErrorDomain.NWFILTER);
    return binding;
  }

  /** Those that a filter matters to. */
  usersOf(name: string, find: FindFilter): Binding[] {
    return this.all().filter(({ definition }) => reachedFilters(definition.filterref.filter, find).has(name));
  }

  /** The rules last: once the kernel has them the rest must be there to take them away again. */
  async bind(binding: Binding, find: FindFilter): Promise<void> {
    const { portDev } = binding.definition;
    const before = this.#byPort.get(portDev);
    const ports = await this.#ports([binding], find);
    await this.#statuses.save(binding.definition);
    this.#byPort.set(portDev, binding);
    try {
      await this.#packets.replace(ports);
      binding.applied = true;
    } catch (error) {
      if (before === undefined) {
        this.#byPort.delete(portDev);
        await this.#statuses.remove(portDev);
      } else {
        this.#byPort.set(portDev, before);
        await this.#statuses.save(before.definition);
      }
      throw error;
    }
  }

  /** In place of one that is the same, and at work. */
  takeOver(binding: Binding): void {
    binding.applied = true;
    this.#byPort.set(binding.definition.portDev, binding);
  }

  async unbind(portDev: string): Promise<void> {
    await this.#packets.remove([portDev]);
    this.#byPort.delete(portDev);
    await this.#statuses.remove(portDev);
  }

  /** Gives bindings the rules that their filters stand for now: all of them, or none. */
  async apply(bindings: readonly Binding[], find: FindFilter): Promise<void> {
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

  /** Repairs what somebody took away. */
  async renew(find: FindFilter): Promise<void> {
    this.#packets.lookAgain();
    await this.apply(this.all(), find);
  }

  /**
   * Bindings of an earlier daemon: their rules are at work, and are made again where they are missing or are not what they
   * should be. One whose rules cannot be made keeps those that it has. What belongs to no link any more goes.
   */
  async adopt(find: FindFilter): Promise<void> {
    this.#statuses.prepare();
    for (const definition of await this.#statuses.load())
      if (findLink(definition.portDev) === null) await this.#statuses.remove(definition.portDev);
      else this.#byPort.set(definition.portDev, newBinding(definition));
    try {
      await this.#repair(find);
      const ports = await this.#packets.ports();
      await this.#packets.remove(ports.filter(port => !this.#byPort.has(port)));
    } catch (error) {
      this.#log.error({ error }, 'The rules of network filters could not be looked at');
    }
  }

  async #repair(find: FindFilter): Promise<void> {
    const bindings = this.all();
    try {
      await this.apply(bindings, find);
    } catch {
      for (const binding of bindings)
        await this.apply([binding], find).catch((error: unknown) =>
          this.#log.error({ port: binding.definition.portDev, error }, 'A network filter could not be applied anew'),
        );
    }
  }
}
