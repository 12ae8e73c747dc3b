import { errors } from '../../contract/error.ts';
import type { DomainRef } from '../../contract/domain.ts';
import { ObjectList } from '../../objects/object-list.ts';
import type { LxcDomain, RunningDomain } from '../domain.ts';

/** The id that clients see: the controller's pid, -1 while the domain does not run. */
export function domainId(domain: LxcDomain): number {
  return domain.running?.controllerPid ?? -1;
}

export function domainRef(domain: LxcDomain): DomainRef {
  return { name: domain.name, uuid: domain.uuid, id: domainId(domain) };
}

/** All domains of the driver. */
export class DomainList extends ObjectList<LxcDomain> {
  /** The caller has made sure that the name is not taken. The domain does not run. */
  override rename(domain: LxcDomain, name: string): void {
    super.rename(domain, name);
    domain.definition = { ...domain.definition, name };
  }

  /** Ids change with every start, so they are looked for and not kept. */
  byId(id: number): LxcDomain | undefined {
    for (const domain of this.all()) if (domain.running?.controllerPid === id) return domain;
    return undefined;
  }

  /** Throws noDomain when no domain has the reference's UUID. */
  find(ref: DomainRef): LxcDomain {
    const domain = this.byUuid(ref.uuid);
    if (domain === undefined) throw errors.noDomain(`no domain with matching uuid '${ref.uuid}' (${ref.name})`);
    return domain;
  }

  /** A running domain's processes, by its name. Throws noDomain or operationInvalid. */
  initOf(name: string): RunningDomain {
    const domain = this.byName(name);
    if (domain === undefined) throw errors.noDomain(`No domain with matching name '${name}'`);
    if (domain.running === null) throw errors.operationInvalid(`domain '${name}' is not running`);
    return domain.running;
  }
}
