import { ErrorCode } from '../../drivers/contract/constants.ts';
import type { CallWatch, EndedCall } from '../rpc/call-watch.ts';
import type { Route } from '../rpc/programs.ts';
import type { Exposition } from './exposition.ts';
import { counter, histogram } from './family.ts';
import { Histogram } from './histogram.ts';
import { labels } from './label.ts';

export const callFamilies = {
  duration: histogram(
    'lxvirtd_rpc_call_duration_seconds',
    'Time from the message of a call to its reply.',
    'program',
    'procedure',
  ),
  errors: counter('lxvirtd_rpc_errors_total', 'Calls that were answered with an error, by its libvirt code.', 'code'),
  authentication: counter(
    'lxvirtd_auth_failures_total',
    'Calls of the authentication that failed, by the way to authenticate.',
    'method',
  ),
} as const;

const codeNames = new Map<number, string>(Object.entries(ErrorCode).map(([name, code]) => [code, `VIR_ERR_${name}`]));

/** Told of every call. There are as many labels as procedures, codes of errors and ways to authenticate: clients invent none. */
export class CallFigures implements CallWatch {
  readonly watches = true;
  readonly #times = new Map<Route, Histogram>();
  readonly #errors = new Map<number, number>();
  readonly #authentication = new Map<string, number>();

  ended({ request: { route }, client, time, error }: EndedCall): void {
    if (route !== null) this.#histogramOf(route).observe(time / 1000);
    if (error === null) return;
    increment(this.#errors, error.code);
    if (route?.procedure.beforeAuth === true) increment(this.#authentication, client.auth);
  }

  #histogramOf(route: Route): Histogram {
    const known = this.#times.get(route);
    if (known !== undefined) return known;
    const made = new Histogram();
    this.#times.set(route, made);
    return made;
  }

  expose(into: Exposition): void {
    for (const [{ program, name }, histogram] of this.#times)
      histogram.expose(into, callFamilies.duration, labels({ program: program.name, procedure: name }));
    for (const [code, count] of this.#errors)
      into.add(callFamilies.errors, labels({ code: codeNames.get(code) ?? `VIR_ERR_${code}` }), count);
    for (const [method, count] of this.#authentication)
      into.add(callFamilies.authentication, labels({ method }), count);
  }
}

function increment<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
