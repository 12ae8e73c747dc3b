import type { Guest } from '../../../../native/guest/guest.ts';
import { errors } from '../../../contract/error.ts';
import { ErrorDomain } from '../../../contract/constants.ts';
import type { LxcContext } from '../../context.ts';
import type { LxcDomain } from '../../domain.ts';
import type { ContainerProcess } from '../../process/container-process.ts';
import { within } from '../../stop/within.ts';
import { AgentCommandFailed, commandError, failedWith, lostHelper } from './agent-failure.ts';
import { enterContainer } from './enter-container.ts';
import { FileHandles } from './file-handles.ts';
import { ProgramRuns } from './program-runs.ts';

/** What is done while file systems are frozen, by the names of agent commands; all else could wait for one of them. */
const whileFrozen: ReadonlySet<string> = new Set([
  'guest-ping',
  'guest-info',
  'guest-sync',
  'guest-sync-delimited',
  'guest-fsfreeze-status',
  'guest-fsfreeze-thaw',
]);

/**
 * The agent of one run of a container: what it has opened and started for its clients, and the helper inside, which is
 * there from the first command that needs it until the container ends or it has failed to answer.
 */
export class AgentSession {
  readonly context: LxcContext;
  readonly domain: LxcDomain;
  readonly process: ContainerProcess;
  readonly files = new FileHandles();
  readonly programs = new ProgramRuns();
  #guest: Promise<Guest> | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(context: LxcContext, domain: LxcDomain, process: ContainerProcess) {
    this.context = context;
    this.domain = domain;
    this.process = process;
  }

  /** The helper inside. Rejects with GuestRequestFailed when there can be none. */
  guest(): Promise<Guest> {
    if (this.#closed) throw notRunning();
    if (this.#guest !== null) return this.#guest;
    const entering = enterContainer(this.context, this.domain, this.process);
    this.#guest = entering;
    entering.catch(() => {
      if (this.#guest === entering) this.#guest = null;
    });
    return entering;
  }

  /**
   * Does what agent command `command` stands for, after what was asked for before. Throws what clients get to see, at
   * the latest after `limit` ms (null: no limit but that of each request); the helper is gone then.
   */
  async perform<T>(
    command: string,
    limit: number | null,
    action: (session: AgentSession) => Promise<T> | T,
  ): Promise<T> {
    const deadline = limit === null ? null : performance.now() + limit;
    const before = this.#last;
    const { promise: turn, resolve: leave } = Promise.withResolvers<void>();
    this.#last = before.then(() => turn);
    try {
      if (!(await inTime(before, deadline))) throw late(command);
      return await this.#perform(command, deadline, action);
    } finally {
      leave();
    }
  }

  async #perform<T>(
    command: string,
    deadline: number | null,
    action: (session: AgentSession) => Promise<T> | T,
  ): Promise<T> {
    if (this.#closed) throw notRunning();
    try {
      if (this.process.frozen.length > 0 && !whileFrozen.has(command))
        throw new AgentCommandFailed(`Command ${command} has been disabled: file systems are frozen`);
      const done = (async () => ({ result: await action(this) }))();
      const answer = await settled(done, deadline);
      if (answer !== null) return answer.result;
      this.#dropGuest();
      throw late(command);
    } catch (error) {
      if (lostHelper(error)) this.#dropGuest();
      if (this.#isOver || failedWith(error, 'ESRCH')) throw notRunning();
      throw commandError(command, error);
    }
  }

  /** The container has ended, or the daemon is about to. */
  close(): void {
    this.#closed = true;
    this.#dropGuest();
    this.programs.clear();
  }

  /** The container has ended, or is about to though nobody has seen it yet. */
  get #isOver(): boolean {
    return this.#closed || this.process.stopCause === 'destroyed' || this.process.container.outcome !== null;
  }

  /** Files that are open go with the helper that holds them; programs run on. */
  #dropGuest(): void {
    this.files.clear();
    const guest = this.#guest;
    this.#guest = null;
    guest?.then(
      guest => guest.close(),
      () => undefined,
    );
  }
}

const notRunning = (): Error => errors.operationInvalid('domain is not running', ErrorDomain.DOMAIN);
const late = (command: string): Error => errors.agentUnresponsive(`command '${command}' takes too long`);

async function settled<T>(promise: Promise<T>, deadline: number | null): Promise<T | null> {
  return deadline === null ? await promise : await within(promise, Math.max(0, deadline - performance.now()));
}

async function inTime(before: Promise<unknown>, deadline: number | null): Promise<boolean> {
  return (
    (await settled(
      before.then(() => true),
      deadline,
    )) === true
  );
}
