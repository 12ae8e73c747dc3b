import type { DomainControl } from '../../contract/domain-control.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { lifecycleEvent } from '../lifecycle-events.ts';

/** virsh domrename */
export function renaming(context: LxcContext): Pick<DomainControl, 'domainRename'> {
  const { domains, events, jobs } = context;
  return {
    async domainRename(ref, name, flags) {
      checkFlags(flags, 0, 'lxcDomainRename');
      checkName(name);
      await jobs.change(ref, async domain => {
        if (domain.running !== null) throw errors.operationInvalid('cannot rename active domain');
        if (!domain.persistent) throw errors.operationInvalid('cannot rename a transient domain');
        if (domain.name === name) throw errors.operationInvalid("Can't rename domain to itself", ErrorDomain.DOMAIN);
        if (domains.byName(name) !== undefined)
          throw errors.operationInvalid(`domain with name '${name}' already exists`, ErrorDomain.DOMAIN);
        const gone = lifecycleEvent(domain, 'renamedFrom');
        await rename(context, domain, name);
        events.emit(gone);
        events.emit(lifecycleEvent(domain, 'renamedTo'));
      });
    },
  };
}

/** Names come out of documents otherwise, which hold no control characters and are read as names of files. */
function checkName(name: string): void {
  if (name.includes('/')) throw errors.xmlError(`name ${name} cannot contain '/'`, ErrorDomain.DOMAIN);
  if (!/^[^\p{Cc}\p{Cs}\uFFFE\uFFFF]+$/u.test(name))
    throw errors.xmlError('a name cannot hold control characters', ErrorDomain.DOMAIN);
}

/** The new name is taken at once, so that nobody else can take it while the files are written. */
async function rename({ domains, store }: LxcContext, domain: LxcDomain, name: string): Promise<void> {
  const { name: before, definition } = domain;
  domains.rename(domain, name);
  try {
    await store.definitions.save(domain.definition);
    if (domain.autostart) await store.definitions.setAutostart(name, true);
    await store.definitions.remove(before);
  } catch (error) {
    domains.rename(domain, before);
    domain.definition = definition;
    await store.definitions.remove(name).catch(() => undefined);
    throw error;
  }
}
