import { closeSync, constants, openSync, writeSync } from 'node:fs';
import type { Plan } from '../../../native/plan/plan.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';

/** A domain's own log: what it was started with, and why it was not. */
export class DomainLog {
  readonly fd: number;

  /** Never written through a symbolic link. Throws systemError. */
  constructor(path: string) {
    const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
    try {
      this.fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw errors.systemError(`Failed to open the log '${path}': ${reason}`, ErrorDomain.NONE, { cause: error });
    }
  }

  started({ init }: Plan): void {
    this.#line('starting up');
    this.#line([...init.env, ...init.argv].map(quoted).join(' '));
  }

  failed(error: unknown): void {
    this.#line(quoted(error instanceof Error ? error.message : String(error)));
  }

  [Symbol.dispose](): void {
    closeSync(this.fd);
  }

  #line(text: string): void {
    const time = new Date().toISOString().replace('T', ' ').replace('Z', '+0000');
    writeSync(this.fd, `${time}: ${text}\n`);
  }
}

/** Definitions and containers' messages may hold anything: no control character reaches the reader's terminal. */
function quoted(text: string): string {
  return text.replace(/\p{Cc}/gu, char => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
