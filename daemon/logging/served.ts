import { AsyncLocalStorage } from 'node:async_hooks';
import type { Log } from '../../drivers/contract/log.ts';

/** What is being served, as the log names it. */
export interface Served {
  /** "c12.345": call 345 of client 12. */
  readonly id: string;
  /** What it has begun and left behind goes on in its name no more. */
  readonly ended: boolean;
}

/**
 * What is served follows whatever serves it through promises, timers and sockets: everything that is logged meanwhile says for
 * whom. Who is entered here is kept for as long as any of these live, which may be the life of a container: it must be small.
 */
const current = new AsyncLocalStorage<Served>();

/** Runs `action` in the name of `served`. */
export function serveAs<T extends Served, Rest extends unknown[]>(
  served: T,
  action: (served: T, ...rest: Rest) => void,
  ...rest: Rest
): void {
  current.run(served, action, served, ...rest);
}

/** For a record that is logged now. */
export function servedFacts(): { readonly request?: string } {
  const served = current.getStore();
  return served === undefined || served.ended ? {} : { request: served.id };
}

/** A log that names `served` whatever is served: for what goes on after the call. */
export function logAs({ id }: Served, log: Log): Log {
  const request = { request: id };
  return {
    debug: (facts, message) => log.debug({ ...request, ...facts }, message),
    info: (facts, message) => log.info({ ...request, ...facts }, message),
    warn: (facts, message) => log.warn({ ...request, ...facts }, message),
    error: (facts, message) => log.error({ ...request, ...facts }, message),
  };
}
