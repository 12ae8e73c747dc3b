import { errors, type LibvirtError } from '../../contract/error.ts';
import { systemErrorText } from '../../../native/ffi/system-error-text.ts';
import type { ContainerFailed } from '../../../native/launch/container-failed.ts';

/** What a client is told when its container could not be made; libvirt's own driver finds this text in the domain's log. */
export function startFailure(reason: string, cause?: unknown): LibvirtError {
  return errors.internalError(`guest failed to start: ${reason}`, undefined, { cause });
}

/** Steps of the controller whose failures libvirt words in its own way. */
const wordings: Readonly<Record<string, (failure: ContainerFailed) => string>> = {
  source: ({ path, code }) => `Failed to access '${path}': ${systemErrorText(code)}`,
  plan: failure =>
    failure.path === 'version'
      ? 'the program that makes containers is of another version than this daemon, which has to be restarted'
      : failure.message,
  exec: ({ path, code }) => `cannot find init path '${path}' relative to container root: ${systemErrorText(code)}`,
};

/** The controller's failure in the words of the client's error. */
export function containerFailure(failure: ContainerFailed): LibvirtError {
  return startFailure(wordings[failure.step]?.(failure) ?? failure.message, failure);
}
