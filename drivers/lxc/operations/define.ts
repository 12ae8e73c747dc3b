import { DomainDefineFlags } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { DomainRef } from '../../contract/domain.ts';
import type { DomainLifecycle } from '../../contract/hypervisor.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { lifecycleEvent } from '../lifecycle-events.ts';
import { domainRef } from '../list/domain-list.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import { claimed, newDomain } from './claim.ts';
import { parseDomain } from '../../xml/domain/parse.ts';

/** Making domains persistent, and no longer so. */
export function defining(context: LxcContext): Pick<DomainLifecycle, 'domainDefineXmlFlags' | 'domainUndefineFlags'> {
  const { domains, events, jobs, security, store } = context;
  return {
    async domainDefineXmlFlags(xml, flags) {
      checkFlags(flags, DomainDefineFlags.DOMAIN_DEFINE_VALIDATE, 'lxcDomainDefineXMLFlags');
      const validate = (flags & DomainDefineFlags.DOMAIN_DEFINE_VALIDATE) !== 0;
      const definition = await parseDomain(xml, { validate, securityModel: security.model.model });
      security.verify(definition);
      for (;;) {
        const defined = await defineOnce(context, definition);
        if (defined !== null) return defined;
      }
    },

    async domainUndefineFlags(ref, flags) {
      checkFlags(flags, 0, 'lxcDomainUndefineFlags');
      await jobs.change(ref, async domain => {
        if (!domain.persistent) throw errors.operationInvalid('Cannot undefine transient domain');
        await store.definitions.remove(domain.name);
        domain.persistent = false;
        domain.autostart = false;
        domain.nextDefinition = null;
        if (domain.running === null) domains.remove(domain);
        events.emit(lifecycleEvent(domain, 'undefined'));
      });
    },
  };
}

/** Null when the domain went away while the call waited for it: try again. */
async function defineOnce(context: LxcContext, definition: DomainDefinition): Promise<DomainRef | null> {
  const { domains, jobs } = context;
  const known = claimed(domains, definition);
  if (known !== undefined)
    return await jobs.changeDomain(known, async domain => {
      if (!domains.has(domain)) return null;
      await redefine(context, domain, definition);
      return domainRef(domain);
    });
  const domain = newDomain(definition, true);
  domains.add(domain);
  return await jobs.changeDomain(domain, async () => {
    try {
      await context.store.definitions.save(definition);
    } catch (error) {
      domains.remove(domain);
      throw error;
    }
    context.events.emit(lifecycleEvent(domain, 'added'));
    return domainRef(domain);
  });
}

async function redefine({ events, store }: LxcContext, domain: LxcDomain, definition: DomainDefinition): Promise<void> {
  await store.definitions.save(definition);
  domain.persistent = true;
  if (domain.running === null) domain.definition = definition;
  else domain.nextDefinition = definition;
  events.emit(lifecycleEvent(domain, 'updated'));
}
