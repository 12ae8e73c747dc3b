import { ErrorDomain } from '../contract/constants.ts';
import { errors } from '../contract/error.ts';
import type { Log } from '../contract/log.ts';
import type { Paths } from '../contract/paths.ts';
import { nft } from '../../native/firewall/nft.ts';
import { ToolError } from '../../native/tools/run-tool.ts';
import {
  families,
  noObjects,
  objectsOf,
  portOf,
  removeLines,
  replaceLines,
  tableLines,
  type Family,
  type PortObjects,
} from './rules/port-script.ts';
import { PortNames } from './rules/port-names.ts';
import type { PortRules } from './rules/port-rules.ts';
import { objectsIn } from './table-objects.ts';

/** A port's rules, and where they belong. */
export interface FilteredPort {
  readonly rules: PortRules;
  readonly family: Family;
}

type Known = ReadonlyMap<Family, Map<string, PortObjects>>;

/**
 * The kernel's filter, through nft: one table of our own per family. Every change is one transaction, and changes come one
 * after the other, because each says what it replaces.
 */
export class PacketFilter {
  readonly #table: string;
  readonly #log: Log;
  #known: Known | null = null;
  #canReject: Promise<boolean> | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ tag }: Paths, log: Log) {
    this.#table = tag === '' ? 'lxvirtd-filter' : `lxvirtd-${tag}-filter`;
    this.#log = log;
  }

  /** Whether what a guest sends can be rejected with an answer; where it cannot, it is dropped. */
  canReject(): Promise<boolean> {
    return (this.#canReject ??= this.#probeReject());
  }

  /**
   * Gives ports their rules, in place of those that they have: all of them or none. Throws configUnsupported where the
   * host has no nft, and operationFailed with what it says.
   */
  async replace(ports: readonly FilteredPort[]): Promise<void> {
    if (ports.length > 0) await this.#exclusive(() => this.#replace(ports));
  }

  /** Takes the rules of ports away; those without any are none the worse. */
  async remove(ports: readonly string[]): Promise<void> {
    if (ports.length > 0) await this.#exclusive(() => this.#remove(ports));
  }

  /** Ports that have rules, of whichever daemon before. None where there is no nft. */
  async ports(): Promise<string[]> {
    return await this.#exclusive(async () => {
      try {
        const known = await this.#objects();
        return [...new Set([...known.values()].flatMap(ports => [...ports.keys()]))];
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
    });
  }

  /** Forgets what the kernel is believed to have: somebody else may have changed it. */
  lookAgain(): void {
    this.#known = null;
  }

  async #replace(ports: readonly FilteredPort[]): Promise<void> {
    const known = await this.#applied(objects => [
      ...families
        .filter(family => ports.some(port => port.family === family))
        .flatMap(family => tableLines(family, this.#table)),
      ...ports.flatMap(port => this.#portLines(port, objects)),
    ]);
    for (const { rules, family } of ports)
      for (const [other, objects] of known) {
        if (other === family) objects.set(rules.names.port, objectsOf(family, rules));
        else objects.delete(rules.names.port);
      }
  }

  /** With what the port has elsewhere taken away: a link may have come to a bridge. */
  #portLines({ rules, family }: FilteredPort, known: Known): string[] {
    const { names } = rules;
    return [...known].flatMap(([other, objects]) => {
      const had = objects.get(names.port);
      if (other === family) return replaceLines(family, this.#table, rules, had ?? noObjects);
      return had === undefined ? [] : removeLines(other, this.#table, names, had);
    });
  }

  async #remove(ports: readonly string[]): Promise<void> {
    const known = await this.#applied(objects =>
      ports.flatMap(port => [...objects].flatMap(([family, had]) => this.#removalOf(family, port, had.get(port)))),
    );
    for (const objects of known.values()) for (const port of ports) objects.delete(port);
  }

  #removalOf(family: Family, port: string, had: PortObjects | undefined): string[] {
    return had === undefined ? [] : removeLines(family, this.#table, new PortNames(port), had);
  }

  /**
   * Applies the lines that are made for what the kernel has, and returns what that was. A change that fails is tried once
   * more with what the kernel says by then: with a link that goes its chain goes, and others may have been at our table.
   */
  async #applied(linesFor: (known: Known) => readonly string[]): Promise<Known> {
    const believed = this.#known;
    try {
      return await this.#apply(believed ?? (await this.#objects()), linesFor);
    } catch (error) {
      this.#known = null;
      if (believed === null || isMissing(error)) throw clientError(error);
    }
    try {
      return await this.#apply(await this.#objects(), linesFor);
    } catch (error) {
      this.#known = null;
      throw clientError(error);
    }
  }

  async #apply(known: Known, linesFor: (known: Known) => readonly string[]): Promise<Known> {
    const lines = linesFor(known);
    if (lines.length > 0) await nft('apply', `${lines.join('\n')}\n`);
    return known;
  }

  async #objects(): Promise<Known> {
    if (this.#known !== null) return this.#known;
    const known: Known = new Map(families.map(family => [family, new Map<string, PortObjects>()]));
    for (const family of families) {
      const texts = await Promise.all(['chains', 'sets'].map(kind => nft('list', `list ${kind} ${family}\n`)));
      for (const { name, kind } of texts.flatMap(text => objectsIn(text, this.#table))) {
        const port = portOf(name);
        if (port === null) continue;
        const had = known.get(family)?.get(port) ?? noObjects;
        known.get(family)?.set(port, { ...had, [kind]: [...had[kind], name] });
      }
    }
    return (this.#known = known);
  }

  async #probeReject(): Promise<boolean> {
    const table = `bridge ${this.#table}-probe`;
    const script = [
      `add table ${table}`,
      `add chain ${table} probe { type filter hook prerouting priority 0; }`,
      `add rule ${table} probe ether type ip reject`,
    ];
    try {
      await nft('check', `${script.join('\n')}\n`);
      return true;
    } catch (error) {
      this.#log.info({ error }, 'This kernel cannot reject what comes by a bridge: it is dropped instead');
      return false;
    }
  }

  async #exclusive<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(action, action);
    this.#turn = turn.catch(() => undefined);
    return await turn;
  }
}

const isMissing = (error: unknown): boolean => error instanceof ToolError && error.code === 'ENOENT';

function clientError(error: unknown): unknown {
  if (!(error instanceof ToolError)) return error;
  return error.code === 'ENOENT'
    ? errors.configUnsupported(
        'network filters need the program nft, which this host does not have',
        ErrorDomain.NWFILTER,
        { cause: error },
      )
    : errors.operationFailed(`the network filter was not taken: ${error.message}`, ErrorDomain.NWFILTER, {
        cause: error,
      });
}
