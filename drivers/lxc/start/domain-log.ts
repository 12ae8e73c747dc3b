import { closeSync, constants, openSync, writeSync } from 'node:fs';
import type { Plan } from '../../../native/plan/plan.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { LxcContext } from '../context.ts';

/** What a domain was started with, and why it was not. */
export class DomainLog implements Disposable {
  /** Where the controller writes what it has to say. */
  readonly fd: number;
  readonly #write: (line: string) => void;
  readonly #close: () => void;

  constructor(fd: number, write: (line: string) => void, close: () => void) {
    this.fd = fd;
    this.#write = write;
    this.#close = close;
  }

  started({ init }: Plan): void {
    this.#write('starting up');
    this.#write([...init.env, ...init.argv].map(quoted).join(' '));
  }

  failed(error: unknown): void {
    this.note(error instanceof Error ? error.message : String(error));
  }

  note(text: string): void {
    this.#write(quoted(text));
  }

  [Symbol.dispose](): void {
    this.#close();
  }
}

const STDERR = 2;

/** A domain's own log, or the daemon's, as lxc.conf wants it. Throws systemError. */
export function domainLog({ files, log, settings }: LxcContext, domain: string): DomainLog {
  if (settings.log_with_libvirtd)
    return new DomainLog(
      STDERR,
      line => log.info({ domain }, line),
      () => undefined,
    );
  const fd = openLog(files.log(domain));
  return new DomainLog(
    fd,
    line => writeSync(fd, `${timestamp()}: ${line}\n`),
    () => closeSync(fd),
  );
}

/** Adds a line of what happens to a domain that runs. A log that cannot be written is reported: the domain goes on. */
export function noteInDomainLog(context: LxcContext, domain: string, text: string): void {
  try {
    using log = domainLog(context, domain);
    log.note(text);
  } catch (error) {
    context.log.warn({ domain, error }, "A domain's log could not be written");
  }
}

/** Never written through a symbolic link. */
function openLog(path: string): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  try {
    return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw errors.systemError(`Failed to open the log '${path}': ${reason}`, ErrorDomain.NONE, { cause: error });
  }
}

const timestamp = (): string => new Date().toISOString().replace('T', ' ').replace('Z', '+0000');

/** Definitions and containers' messages may hold anything: no control character reaches the reader's terminal. */
function quoted(text: string): string {
  return text.replace(/\p{Cc}/gu, char => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
