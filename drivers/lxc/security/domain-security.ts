import { ErrorDomain } from '../../contract/constants.ts';
import type { SecurityLabel } from '../../contract/domain.ts';
import { errors } from '../../contract/error.ts';
import type { SecurityModel } from '../../contract/node.ts';
import type { Init, MountOption } from '../../../native/plan/plan.ts';
import type { LxcSettings } from '../settings.ts';
import type { DomainDefinition, SecurityLabelDefinition } from '../../xml/domain/definition.ts';
import type { DomainLabel, SecurityDriver } from './security-driver.ts';

type Policy = Pick<LxcSettings, 'security_default_confined' | 'security_require_confined'>;

interface Confinement extends DomainLabel {
  readonly dynamic: boolean;
}

const unconfined: SecurityModel = { model: 'none', doi: '0' };

/** Who is confined, and who must be: lxc.conf and `<seclabel>` before the host's driver, which is null where there is none. */
export class DomainSecurity {
  readonly model: SecurityModel;
  readonly #driver: SecurityDriver | null;
  readonly #policy: Policy;

  /** Throws configUnsupported when every domain is to be confined and nothing is there that could. */
  constructor(driver: SecurityDriver | null, policy: Policy) {
    if (driver === null && policy.security_require_confined)
      throw errors.configUnsupported('Security driver "none" cannot create confined guests', ErrorDomain.SECURITY);
    this.#driver = driver;
    this.#policy = policy;
    this.model = driver?.model ?? unconfined;
  }

  /** Throws xmlError for a static label that the host does not know. */
  verify(definition: DomainDefinition): void {
    const own = definition.seclabels.find(({ model }) => model === this.model.model);
    if (own?.type === 'static' && own.label !== null) this.#driver?.verify(own.label);
  }

  /**
   * The definition that a domain starts with: its labels as they are decided now. Throws configUnsupported for a model that
   * the host has not, and for a domain without confinement where that is required.
   */
  labelled(definition: DomainDefinition): DomainDefinition {
    const driver = this.#driver;
    const { seclabels } = definition;
    const foreign = seclabels.find(({ model }) => ![null, 'none', this.model.model].includes(model));
    if (foreign !== undefined)
      throw errors.configUnsupported(`Security driver model '${foreign.model}' is not available`, ErrorDomain.SECURITY);
    if (driver === null) return { ...definition, seclabels: seclabels.slice(0, 1).map(() => none) };
    const asked = seclabels.find(({ model }) => model !== 'none') ?? this.#implied(seclabels);
    if (asked === null || asked.type === 'none') {
      if (!this.#policy.security_require_confined) return definition;
      throw errors.configUnsupported('Unconfined guests are not allowed on this host', ErrorDomain.SECURITY);
    }
    return {
      ...definition,
      seclabels: [{ ...asked, model: driver.model.model, ...labels(driver, definition, asked) }],
    };
  }

  /** Before the container is made, for a definition that is labelled. */
  async apply(definition: DomainDefinition): Promise<void> {
    const confinement = this.#of(definition);
    if (confinement !== null) await this.#driver?.apply(definition, confinement, confinement.dynamic);
  }

  /** After its end. */
  async withdraw(definition: DomainDefinition): Promise<void> {
    const confinement = this.#of(definition);
    if (confinement !== null) await this.#driver?.withdraw(definition, confinement, confinement.dynamic);
  }

  /** For a domain that an earlier daemon started. */
  keep(definition: DomainDefinition): void {
    const confinement = this.#of(definition);
    if (confinement !== null) this.#driver?.keep(confinement);
  }

  initLabel(definition: DomainDefinition): Init['label'] {
    const confinement = this.#of(definition);
    return confinement === null ? null : (this.#driver?.initLabel(confinement.label) ?? null);
  }

  mountOptions(definition: DomainDefinition): MountOption[] {
    const confinement = this.#of(definition);
    return confinement === null ? [] : (this.#driver?.mountOptions(confinement) ?? []);
  }

  /** Of a running domain's init. Empty where nothing confines. Throws internalError when init has gone meanwhile. */
  labelOf(initPid: number): SecurityLabel {
    try {
      return this.#driver?.labelOf(initPid) ?? { label: '', enforcing: false };
    } catch (cause) {
      throw errors.internalError('Failed to get security label', undefined, { cause });
    }
  }

  /** What a domain without a word about it gets. One that says "none" has said a word. */
  #implied(seclabels: readonly SecurityLabelDefinition[]): SecurityLabelDefinition | null {
    return seclabels.length === 0 && this.#policy.security_default_confined ? dynamic : null;
  }

  #of({ seclabels }: DomainDefinition): Confinement | null {
    const own = seclabels.find(({ model }) => model === this.model.model);
    if (own === undefined || own.type === 'none' || own.label === null) return null;
    return { label: own.label, imagelabel: own.imagelabel, dynamic: own.type === 'dynamic' };
  }
}

const none: SecurityLabelDefinition = {
  type: 'none',
  model: 'none',
  relabel: false,
  label: null,
  baselabel: null,
  imagelabel: null,
};

const dynamic: SecurityLabelDefinition = { ...none, type: 'dynamic', model: null, relabel: true };

function labels(driver: SecurityDriver, definition: DomainDefinition, asked: SecurityLabelDefinition): DomainLabel {
  if (asked.type === 'dynamic') return driver.generate(definition, asked.baselabel);
  const label = asked.label ?? '';
  driver.verify(label);
  return { label, imagelabel: asked.relabel ? driver.imageLabel(label) : null };
}
