import { ErrorDomain } from '../../drivers/contract/constants.ts';
import type { Drivers } from '../../drivers/contract/drivers.ts';
import { errors } from '../../drivers/contract/error.ts';
import type { Log } from '../../drivers/contract/log.ts';
import type { ClientSession } from '../call.ts';
import type { AccessPolicy } from './access-policy.ts';
import type { Attributes } from './attributes.ts';
import { objectKinds, type ObjectKind } from './object-kinds.ts';

/** So many questions of one list are under way at once: a policy is a process with a queue of its own. */
const AT_ONCE = 16;

/** Asks a policy on behalf of clients. */
export class AccessControl {
  readonly #policy: AccessPolicy;
  readonly #kinds: ReadonlyMap<string, ObjectKind>;
  readonly #driver: string;
  readonly #log: Log;
  /** Of clients that go, and with them what is asked on their behalf. */
  readonly #departures = new WeakMap<ClientSession, AbortSignal>();

  constructor(policy: AccessPolicy, drivers: Drivers, log: Log) {
    this.#policy = policy;
    this.#kinds = objectKinds(drivers);
    this.#driver = drivers.hypervisor.connectGetType();
    this.#log = log;
  }

  /** The kind that a permission is of; undefined for the connection itself, and for what there is no driver of. */
  kindOf(permission: string): ObjectKind | undefined {
    return this.#kinds.get(objectOf(permission));
  }

  /** Throws accessDenied when the policy cannot tell. */
  async allows(client: ClientSession, permission: string, object: Attributes): Promise<boolean> {
    const details = { connect_driver: this.#driverOf(client), ...object };
    try {
      return await this.#policy.allows(client.identity, permission, details, this.#departureOf(client));
    } catch (cause) {
      const text = `'${this.#driverOf(client)}' denied access: its policy does not answer`;
      throw errors.accessDenied(text, ErrorDomain.ACCESS, { cause });
    }
  }

  #departureOf(client: ClientSession): AbortSignal {
    const known = this.#departures.get(client);
    if (known !== undefined) return known;
    const departure = new AbortController();
    this.#departures.set(client, departure.signal);
    client.onClose(() => departure.abort());
    return departure.signal;
  }

  /** Throws accessDenied, which says as little as libvirt's. */
  async require(client: ClientSession, permission: string, object: Attributes): Promise<void> {
    if (await this.allows(client, permission, object)) return;
    this.#log.info({ client: client.id, permission, ...object }, 'Access denied');
    throw errors.accessDenied(`'${this.#driverOf(client)}' denied access`, ErrorDomain.ACCESS);
  }

  #driverOf = ({ driver }: ClientSession): string => driver ?? this.#driver;

  /** Of what a driver has told of, that which the client may see; `objectIn` says which object each is about. */
  async visible(
    client: ClientSession,
    permission: string,
    references: readonly unknown[],
    objectIn: (reference: unknown) => unknown = reference => reference,
  ): Promise<unknown[]> {
    const visible: unknown[] = [];
    for (let at = 0; at < references.length; at += AT_ONCE) {
      const some = references.slice(at, at + AT_ONCE);
      const allowed = await Promise.all(some.map(reference => this.sees(client, permission, objectIn(reference))));
      visible.push(...some.filter((_, index) => allowed[index]));
    }
    return visible;
  }

  /** An object that has gone meanwhile is not seen. Throws accessDenied when the policy cannot tell. */
  async sees(client: ClientSession, permission: string, reference: unknown): Promise<boolean> {
    const kind = this.kindOf(permission);
    if (kind === undefined) throw new TypeError(`nothing is known of '${permission}'`);
    const object = await known(kind, reference);
    return object !== null && (await this.allows(client, permission, object));
  }
}

async function known(kind: ObjectKind, reference: unknown): Promise<Attributes | null> {
  try {
    return await kind.known(reference);
  } catch {
    return null;
  }
}

export const objectOf = (permission: string): string => permission.slice(0, permission.indexOf(':'));
