import { DomainAgentResponseTimeoutValues, DomainState, ErrorDomain } from '../../../contract/constants.ts';
import type { DomainRef } from '../../../contract/domain.ts';
import { errors } from '../../../contract/error.ts';
import type { LxcContext } from '../../context.ts';
import type { LxcDomain } from '../../domain.ts';
import type { ContainerProcess } from '../../process/container-process.ts';
import { AgentSession } from './agent-session.ts';

const { BLOCK, DEFAULT } = DomainAgentResponseTimeoutValues;

/** How long a guest may take where a client leaves it to us, in ms; libvirt's own agents have as long. */
const USUAL_LIMIT = 5_000;
/** For a client that does not want to wait: the time in which a guest that is well answers. */
const SHORT_LIMIT = 1_000;

/** The agent of a running container, made when it is first asked for. */
export function agentOf(context: LxcContext, domain: LxcDomain, process: ContainerProcess): AgentSession {
  if (process.agent !== null) return process.agent;
  const session = new AgentSession(context, domain, process);
  process.agent = session;
  void process.exited.then(() => session.close());
  return session;
}

/** The agents of all running containers, and how long each may take. */
export class AgentSessions {
  readonly #context: LxcContext;
  readonly #timeouts = new WeakMap<LxcDomain, number>();

  constructor(context: LxcContext) {
    this.#context = context;
  }

  /** Throws operationInvalid when the domain does not run, or is paused: its helper would be, too. */
  of(ref: DomainRef): AgentSession {
    const { domains, processes } = this.#context;
    const domain = domains.find(ref);
    const process = processes.running(domain);
    if (domain.state !== DomainState.RUNNING)
      throw errors.operationInvalid('domain is not running', ErrorDomain.DOMAIN);
    return agentOf(this.#context, domain, process);
  }

  /** Does what an agent command stands for, within the domain's response time. */
  perform<T>(ref: DomainRef, command: string, action: (session: AgentSession) => Promise<T> | T): Promise<T> {
    const session = this.of(ref);
    return session.perform(command, limitOf(this.#timeouts.get(session.domain) ?? BLOCK), action);
  }

  /** In the terms of DomainAgentResponseTimeoutValues; lasts as long as the domain is in the list. */
  setTimeout(ref: DomainRef, timeout: number): void {
    this.#timeouts.set(this.#context.domains.find(ref), timeout);
  }
}

/** libvirt's numbers in ms: a number of seconds or one of the special values; null is without limit. */
export function limitOf(timeout: number): number | null {
  if (timeout === BLOCK) return null;
  if (timeout === DEFAULT) return USUAL_LIMIT;
  return timeout === 0 ? SHORT_LIMIT : timeout * 1000;
}
