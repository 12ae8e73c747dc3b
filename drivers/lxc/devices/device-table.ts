import type { DeviceRule } from '../../../native/cgroup/cgroup.ts';
import type { DeviceNumbers } from '../../../native/cgroup/device-numbers.ts';

/** What a device of a definition is on the host, as it was when the container got it: names there may change later. */
export interface OwnDevice extends DeviceNumbers {
  readonly kind: 'char' | 'block';
  /** What the container may do with it: letters of "rwm"; none of what it only sees the filesystem of. */
  readonly access: string;
}

/** The devices of the host that one container has, by the aliases of its own, and what it may open. */
export class DeviceTable {
  /** What every container may open, and what comes with this one's features. */
  readonly #standard: readonly DeviceRule[];
  readonly #own: Map<string, OwnDevice>;

  constructor(standard: readonly DeviceRule[], own: Iterable<readonly [string, OwnDevice]>) {
    this.#standard = standard;
    this.#own = new Map(own);
  }

  get(alias: string | null): OwnDevice | null {
    return alias === null ? null : (this.#own.get(alias) ?? null);
  }

  all(): Iterable<OwnDevice> {
    return this.#own.values();
  }

  set(alias: string, device: OwnDevice): void {
    this.#own.set(alias, device);
  }

  delete(alias: string): void {
    this.#own.delete(alias);
  }

  /** The whitelist of the container's cgroup. */
  rules(): DeviceRule[] {
    const own = [...this.#own.values()].filter(({ access }) => access !== '');
    return [...this.#standard, ...own];
  }

  /** A text that `fromText` reads, for a later daemon. */
  toText(): string {
    return [...this.#own]
      .map(([alias, { kind, major, minor, access }]) => `${alias} ${kind} ${major}:${minor} ${access}`)
      .join(', ');
  }

  static fromText(standard: readonly DeviceRule[], text: string): DeviceTable {
    return new DeviceTable(standard, text.split(', ').flatMap(parsed));
  }
}

function parsed(text: string): [string, OwnDevice][] {
  const [, alias, kind, major, minor, access] = /^(\S+) (char|block) (\d{1,10}):(\d{1,10}) ([rwm]*)$/.exec(text) ?? [];
  if (alias === undefined || (kind !== 'char' && kind !== 'block') || access === undefined) return [];
  return [[alias, { kind, major: Number(major), minor: Number(minor), access }]];
}
