import { DomainCreateFlags as Create, ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { DomainRef } from '../../contract/domain.ts';
import type { Caller, DomainLifecycle } from '../../contract/hypervisor.ts';
import { closeQuietly } from '../../../native/ffi/libc.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { lifecycleEvent } from '../lifecycle-events.ts';
import { domainRef } from '../list/domain-list.ts';
import { startDomain, type StartRequest } from '../start/start.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import { claimed, newDomain } from './claim.ts';
import { parseDomain } from '../../xml/domain/parse.ts';

/** Starting domains. */
export function starting(context: LxcContext): Pick<DomainLifecycle, 'domainCreateXml' | 'domainCreateWithFlags'> {
  const { jobs, security } = context;
  return {
    async domainCreateXml(caller, xml, files, flags) {
      using _ = closing(files);
      checkFlags(flags, Create.START_AUTODESTROY | Create.START_VALIDATE, 'lxcDomainCreateXMLWithFiles');
      const validate = (flags & Create.START_VALIDATE) !== 0;
      const definition = await parseDomain(xml, { validate, securityModel: security.model.model });
      security.verify(definition);
      for (;;) {
        const started = await createOnce(context, definition, startRequest(caller, files, flags));
        if (started !== null) return started;
      }
    },

    async domainCreateWithFlags(caller, ref, files, flags) {
      using _ = closing(files);
      checkFlags(flags, Create.START_AUTODESTROY, 'lxcDomainCreateWithFiles');
      return await jobs.change(ref, async (domain, signal) => {
        if (domain.running !== null) throw errors.operationInvalid('Domain is already running');
        return await startAndTell(context, domain, startRequest(caller, files, flags), signal);
      });
    },
  };
}

/** Init has copies of its own by the time that the call ends. */
function closing(files: readonly number[]): Disposable {
  return { [Symbol.dispose]: () => files.forEach(closeQuietly) };
}

function startRequest(caller: Caller, files: readonly number[], flags: number): StartRequest {
  return { files, autodestroy: (flags & Create.START_AUTODESTROY) === 0 ? null : caller };
}

/** Starts a domain inside its job and emits its event. */
export async function startAndTell(
  context: LxcContext,
  domain: LxcDomain,
  request: StartRequest,
  signal: AbortSignal,
): Promise<DomainRef> {
  await startDomain(context, domain, request, signal);
  context.events.emit(lifecycleEvent(domain, 'started'));
  return domainRef(domain);
}

/** Null when the domain went away while the call waited for it: try again. */
async function createOnce(
  context: LxcContext,
  definition: DomainDefinition,
  request: StartRequest,
): Promise<DomainRef | null> {
  const { domains, jobs } = context;
  const known = claimed(domains, definition);
  if (known !== undefined)
    return await jobs.changeDomain(known, async (domain, signal) =>
      domains.has(domain) ? await createKnown(context, domain, definition, request, signal) : null,
    );
  const domain = newDomain(definition, false);
  domains.add(domain);
  return await jobs.changeDomain(domain, async (_, signal) => {
    try {
      return await startAndTell(context, domain, request, signal);
    } catch (error) {
      domains.remove(domain);
      throw error;
    }
  });
}

/** A persistent domain runs with another definition this once. */
async function createKnown(
  context: LxcContext,
  domain: LxcDomain,
  definition: DomainDefinition,
  request: StartRequest,
  signal: AbortSignal,
): Promise<DomainRef> {
  if (domain.running !== null)
    throw errors.operationInvalid(`domain '${domain.name}' is already active`, ErrorDomain.DOMAIN);
  const stored = domain.definition;
  Object.assign(domain, { definition, nextDefinition: stored });
  try {
    return await startAndTell(context, domain, request, signal);
  } catch (error) {
    Object.assign(domain, { definition: stored, nextDefinition: null });
    throw error;
  }
}
