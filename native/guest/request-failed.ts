import { getSystemErrorMap } from 'node:util';
import type { GuestFailure } from './guest.ts';

/** What a visitor could not do in a container. */
export class GuestRequestFailed extends Error implements GuestFailure {
  override readonly name = 'GuestRequestFailed';
  /** "mount", "open", "setns", … */
  readonly step: string;
  readonly path: string | null;
  /** "ENOENT"; "" where no system call is to blame. */
  readonly code: string;
  /** Positive, or 0. */
  readonly errno: number;

  constructor(step: string, path: string | null, errno: number, options?: ErrorOptions) {
    const [code = '', text = ''] = errno === 0 ? [] : (getSystemErrorMap().get(-errno) ?? [`E${errno}`]);
    const subject = path === null ? step : `${step} '${path}'`;
    super(code === '' ? subject : `${subject}: ${text} (${code})`, options);
    this.step = step;
    this.path = path;
    this.code = code;
    this.errno = errno;
  }
}
