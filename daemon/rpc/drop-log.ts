import type { Log } from '../../drivers/contract/log.ts';
import { LimitedLog } from '../logging/limited-log.ts';

export interface Drop {
  /** Null before it is one: its handshake has failed. */
  readonly client: number | null;
  /** Of a local client. */
  readonly pid: number | undefined;
  /** Of a remote one. */
  readonly address: string | null;
  readonly reason: string;
}

/** Says which clients were dropped and why. */
export class DropLog {
  readonly #log: LimitedLog;
  /** Those that were none yet, and those that were. */
  refused = 0;
  dropped = 0;

  constructor(log: Log, one = 'Dropped a client', more = 'Dropped more clients') {
    this.#log = new LimitedLog(log, { level: 'warn', one, more });
  }

  tell(drop: Drop): void {
    if (drop.client === null) this.refused += 1;
    else this.dropped += 1;
    this.#log.tell(drop);
  }
}
