import {
  ConnectListAllInterfacesFlags,
  ErrorDomain,
  InterfaceDefineFlags,
  InterfaceXMLFlags,
} from '../contract/constants.ts';
import { errors } from '../contract/error.ts';
import { checkFlags } from '../contract/flags.ts';
import type { HostInterfaceRef, InterfaceDriver } from '../contract/interface.ts';
import type { Log } from '../contract/log.ts';
import type { Paths } from '../contract/paths.ts';
import { JobLock } from '../jobs/job-lock.ts';
import { flagsOf, listFilter, not, type FlagGroup, type ListTest } from '../objects/list-filter.ts';
import type { InterfaceDefinition } from '../xml/interface/definition.ts';
import { formatInterface, parseInterface } from '../xml/interface/interface.ts';
import { ChangeNote } from './change-note.ts';
import { DefinedInterfaces } from './defined-interfaces.ts';
import { findHostConfiguration } from './host/find-configuration.ts';
import type { HostConfiguration } from './host/host-configuration.ts';
import { LiveInterfaces, refOf } from './live-interfaces.ts';

export interface InterfaceDriverOptions {
  readonly paths: Paths;
  readonly log: Log;
}

/** The host's interfaces, as the kernel has them and as ifupdown or systemd-networkd is told to make them. */
export const createInterfaceDriver = ({ paths, log }: InterfaceDriverOptions): InterfaceDriver =>
  new Interfaces(paths, log);

interface Listed extends HostInterfaceRef {
  readonly active: boolean;
}

const isActive: ListTest<Listed> = ({ active }) => active;
const flagGroups: readonly FlagGroup<Listed>[] = [
  [
    [ConnectListAllInterfacesFlags.ACTIVE, isActive],
    [ConnectListAllInterfacesFlags.INACTIVE, not(isActive)],
  ],
];

const noFlags = (flags: number, caller: string): void => checkFlags(flags, 0, caller, ErrorDomain.INTERFACE);

/** A start may wait for an address from a server far away, and others wait for it. */
const WAIT_LIMIT = 300_000;

class Interfaces implements InterfaceDriver {
  readonly #paths: Paths;
  readonly #defined: DefinedInterfaces;
  readonly #note: ChangeNote;
  /** One for all: interfaces lie on one another. */
  readonly #changes = new JobLock();

  constructor(paths: Paths, log: Log) {
    this.#paths = paths;
    this.#defined = new DefinedInterfaces(paths, log);
    this.#note = new ChangeNote(paths, log);
  }

  start = (): Promise<void> => this.#defined.load();
  /** The host itself starts its interfaces when it boots. */
  async autostart(): Promise<void> {}
  reload = (): Promise<void> => this.#defined.load();
  activeCount = (): number => 0;
  async close(): Promise<void> {}

  connectNumOfInterfaces = (): number => this.connectListInterfaces().length;
  connectListInterfaces = (): string[] => this.#names(isActive);
  connectNumOfDefinedInterfaces = (): number => this.connectListDefinedInterfaces().length;
  connectListDefinedInterfaces = (): string[] => this.#names(not(isActive));

  connectListAllInterfaces(flags: number): HostInterfaceRef[] {
    checkFlags(flags, flagsOf(flagGroups), 'udevConnectListAllInterfaces', ErrorDomain.INTERFACE);
    return this.#all()
      .filter(listFilter(flagGroups, flags))
      .map(({ name, mac }) => ({ name, mac }));
  }

  interfaceLookupByName(name: string): HostInterfaceRef {
    const link = new LiveInterfaces().byName(name);
    if (link !== undefined) return refOf(link);
    const definition = this.#defined.get(name);
    if (definition === null) throw noInterface(name);
    return definedRef(definition);
  }

  interfaceLookupByMacString(mac: string): HostInterfaceRef {
    const [found, another] = new LiveInterfaces().byMac(mac);
    if (another !== undefined)
      throw errors.multipleInterfaces(`the MAC address '${mac}' matches multiple interfaces`, ErrorDomain.INTERFACE);
    if (found === undefined)
      throw errors.noInterface(`couldn't find interface with MAC address '${mac}'`, ErrorDomain.INTERFACE);
    return refOf(found);
  }

  interfaceIsActive(name: string): boolean {
    const link = new LiveInterfaces().byName(name);
    if (link === undefined && this.#defined.get(name) === null) throw noInterface(name);
    return link?.up ?? false;
  }

  async interfaceGetXmlDesc(name: string, flags: number): Promise<string> {
    const { INTERFACE_XML_INACTIVE } = InterfaceXMLFlags;
    checkFlags(flags, INTERFACE_XML_INACTIVE, 'udevInterfaceGetXMLDesc', ErrorDomain.INTERFACE);
    const live = new LiveInterfaces();
    const link = live.byName(name);
    const definition = this.#defined.get(name);
    if (definition !== null && (link === undefined || (flags & INTERFACE_XML_INACTIVE) !== 0))
      return formatInterface(definition);
    if (link === undefined) throw noInterface(name);
    return formatInterface(await live.describe(link));
  }

  async interfaceDefineXml(xml: string, flags: number): Promise<HostInterfaceRef> {
    const { INTERFACE_DEFINE_VALIDATE } = InterfaceDefineFlags;
    checkFlags(flags, INTERFACE_DEFINE_VALIDATE, 'interfaceDefineXML', ErrorDomain.INTERFACE);
    const definition = await parseInterface(xml, (flags & INTERFACE_DEFINE_VALIDATE) !== 0);
    await this.#change(host => this.#defined.define(host, definition));
    return this.interfaceLookupByName(definition.name);
  }

  async interfaceUndefine(name: string): Promise<void> {
    await this.#change(host => this.#defined.undefine(host, this.#definedHere(name)));
  }

  async interfaceCreate(name: string, flags: number): Promise<void> {
    noFlags(flags, 'interfaceCreate');
    await this.#change(async host => {
      if (this.interfaceIsActive(name)) throw invalid(`interface '${name}' is already active`);
      await host.start(name, this.#defined.get(name));
    });
  }

  async interfaceDestroy(name: string, flags: number): Promise<void> {
    noFlags(flags, 'interfaceDestroy');
    await this.#change(async host => {
      if (!this.interfaceIsActive(name)) throw invalid(`interface '${name}' is not active`);
      await host.stop(name, this.#defined.get(name));
    });
  }

  async interfaceChangeBegin(flags: number): Promise<void> {
    noFlags(flags, 'interfaceChangeBegin');
    await this.#change(() => this.#note.take(this.#defined.all()));
  }

  async interfaceChangeCommit(flags: number): Promise<void> {
    noFlags(flags, 'interfaceChangeCommit');
    await this.#change(() => this.#note.drop());
  }

  async interfaceChangeRollback(flags: number): Promise<void> {
    noFlags(flags, 'interfaceChangeRollback');
    await this.#change(async host => {
      const before = new Map((await this.#note.read()).map(definition => [definition.name, definition]));
      for (const { name } of this.#defined.all()) if (!before.has(name)) await this.#restore(host, name, null);
      for (const [name, definition] of before) await this.#restore(host, name, definition);
      await this.#note.drop();
    });
  }

  /** Back to an earlier definition, or none; a link that is up goes along. */
  async #restore(host: HostConfiguration, name: string, before: InterfaceDefinition | null): Promise<void> {
    const now = this.#defined.get(name);
    if (now !== null && before !== null && formatInterface(now) === formatInterface(before)) return;
    const wasUp = new LiveInterfaces().byName(name)?.up ?? false;
    if (wasUp && now !== null) await host.stop(name, now);
    if (before === null && now !== null) await this.#defined.undefine(host, now);
    if (before === null) return;
    await this.#defined.define(host, before);
    if (wasUp) await host.start(name, before);
  }

  #change(action: (host: HostConfiguration) => Promise<void>): Promise<void> {
    const host = findHostConfiguration(this.#paths);
    if (host === null)
      throw errors.operationUnsupported(
        'this host has neither ifupdown nor a running systemd-networkd to configure its interfaces with',
        ErrorDomain.INTERFACE,
      );
    return this.#changes.run(() => action(host), WAIT_LIMIT);
  }

  #definedHere(name: string): InterfaceDefinition {
    const definition = this.#defined.get(name);
    if (definition !== null) return definition;
    this.interfaceLookupByName(name);
    throw invalid(`interface '${name}' is not defined here, but by the host's own configuration`);
  }

  #names = (wanted: ListTest<Listed>): string[] =>
    this.#all()
      .filter(wanted)
      .map(({ name }) => name);

  #all(): Listed[] {
    const live = new LiveInterfaces();
    const links = live.listed().map(link => ({ ...refOf(link), active: link.up }));
    const absent = this.#defined.all().filter(({ name }) => live.byName(name) === undefined);
    return [...links, ...absent.map(definition => ({ ...definedRef(definition), active: false }))];
  }
}

const definedRef = ({ name, mac }: InterfaceDefinition): HostInterfaceRef => ({ name, mac: mac?.toLowerCase() ?? '' });

const noInterface = (name: string): Error =>
  errors.noInterface(`couldn't find interface named '${name}'`, ErrorDomain.INTERFACE);

const invalid = (text: string): Error => errors.operationInvalid(text, ErrorDomain.INTERFACE);
