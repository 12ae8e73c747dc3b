import type { LeveledLog } from '../logging/logs.ts';
import { LimitedLog } from '../logging/limited-log.ts';
import type { CallWatch, EndedCall } from './call-watch.ts';

/** Says how calls ended: of every one where the log is for debugging, of some of those that failed where it informs. */
export class CallLog implements CallWatch {
  readonly #log: LeveledLog;
  readonly #failures: LimitedLog;

  constructor(log: LeveledLog) {
    this.#log = log;
    this.#failures = new LimitedLog(log, { level: 'info', one: 'A call has failed', more: 'More calls have failed' });
  }

  get watches(): boolean {
    return this.#log.isLevelEnabled('info');
  }

  ended(call: EndedCall): void {
    if (this.#log.isLevelEnabled('debug'))
      this.#log.debug(factsOf(call), call.error === null ? 'A call has been answered' : 'A call has failed');
    // before they have authenticated, clients make mistakes in anybody's name
    else if (call.error !== null && call.client.authenticated) this.#failures.tell(factsOf(call));
  }
}

const factsOf = ({ request, client, time, error }: EndedCall): object => ({
  request: request.id,
  procedure: request.procedure,
  client: client.id,
  ...(client.peer === null ? { address: client.transport.address } : { pid: client.peer.pid, uid: client.peer.uid }),
  ms: Math.round(time * 1000) / 1000,
  ...(error === null ? {} : { code: error.code, error: error.message }),
});
