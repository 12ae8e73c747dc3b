import { AgentCommandFailed } from './agent-failure.ts';
import type { ProgramRun, RunResult } from './program-run.ts';

/** How many programs are known at once, running or not asked after. */
const RUNS_MAX = 64;
/** How many that are over are kept, and how long, in ms, for a client to ask after them. */
const ENDED_MAX = 16;
const KEPT = 600_000;

/** The programs that clients have started in a guest, by their process ids there. */
export class ProgramRuns {
  readonly #runs = new Map<number, ProgramRun>();

  /** Throws AgentCommandFailed when there are too many. Asked before a program is started. */
  requireRoom(): void {
    this.#forgetOld();
    if (this.#runs.size >= RUNS_MAX) throw new AgentCommandFailed('too many programs run');
  }

  add(run: ProgramRun): void {
    this.#runs.set(run.process.pid, run);
  }

  /** Null while it runs. What is over is told once. */
  ask(pid: number): RunResult | null {
    this.#forgetOld();
    const run = this.#runs.get(pid);
    if (run === undefined) throw new AgentCommandFailed("Invalid parameter 'pid'");
    if (run.result !== null) this.#runs.delete(pid);
    return run.result;
  }

  clear(): void {
    for (const run of this.#runs.values()) run.abandon();
    this.#runs.clear();
  }

  #forgetOld(): void {
    const ended = [...this.#runs].filter(([, { result }]) => result !== null);
    const byAge = ended.toSorted(([, one], [, other]) => other.endedAt - one.endedAt);
    const oldest = performance.now() - KEPT;
    byAge.forEach(([pid, { endedAt }], index) => {
      if (index >= ENDED_MAX || endedAt < oldest) this.#runs.delete(pid);
    });
  }
}
