import { errors } from '../../contract/error.ts';
import type { DomainRef } from '../../contract/domain.ts';
import type { LxcDomain, RunningDomain } from '../domain.ts';

/** The id that clients see: the controller's pid, -1 while the domain does not run. */
export function domainId(domain: LxcDomain): number {
  return domain.running?.controllerPid ?? -1;
}

export function domainRef(domain: LxcDomain): DomainRef {
  return { name: domain.name, uuid: domain.uuid, id: domainId(domain) };
}

/** All domains of the driver, by each of their names. */
export class DomainList {
  readonly #byUuid = new Map<string, LxcDomain>();
  readonly #byName = new Map<string, LxcDomain>();

  /** The caller has made sure that neither name nor UUID is taken. */
  add(domain: LxcDomain): void {
    this.#byUuid.set(domain.uuid, domain);
    this.#byName.set(domain.name, domain);
  }

  remove(domain: LxcDomain): void {
    this.#byUuid.delete(domain.uuid);
    this.#byName.delete(domain.name);
  }

  /** The caller has made sure that the name is not taken. The domain does not run. */
  rename(domain: LxcDomain, name: string): void {
    this.#byName.delete(domain.name);
    domain.name = name;
    domain.definition = { ...domain.definition, name };
    this.#byName.set(name, domain);
  }

  /** Whether this very domain is still listed: it may have gone while a call waited for it. */
  has(domain: LxcDomain): boolean {
    return this.#byUuid.get(domain.uuid) === domain;
  }

  byUuid(uuid: string): LxcDomain | undefined {
    return this.#byUuid.get(uuid);
  }

  byName(name: string): LxcDomain | undefined {
    return this.#byName.get(name);
  }

  /** Ids change with every start, so they are looked for and not kept. */
  byId(id: number): LxcDomain | undefined {
    for (const domain of this.#byUuid.values()) if (domain.running?.controllerPid === id) return domain;
    return undefined;
  }

  /** Throws noDomain when no domain has the reference's UUID. */
  find(ref: DomainRef): LxcDomain {
    const domain = this.#byUuid.get(ref.uuid);
    if (domain === undefined) throw errors.noDomain(`no domain with matching uuid '${ref.uuid}' (${ref.name})`);
    return domain;
  }

  /** A running domain's processes, by its name. Throws noDomain or operationInvalid. */
  initOf(name: string): RunningDomain {
    const domain = this.#byName.get(name);
    if (domain === undefined) throw errors.noDomain(`No domain with matching name '${name}'`);
    if (domain.running === null) throw errors.operationInvalid(`domain '${name}' is not running`);
    return domain.running;
  }

  all(): IterableIterator<LxcDomain> {
    return this.#byUuid.values();
  }
}
