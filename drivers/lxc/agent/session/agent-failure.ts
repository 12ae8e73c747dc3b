import { GuestRequestFailed } from '../../../../native/guest/request-failed.ts';
import { errors, type LibvirtError } from '../../../contract/error.ts';
import { shown } from '../text/guest-text.ts';
import { systemErrorText } from '../../../../native/ffi/system-error-text.ts';

/** What a guest cannot do, in the words that an agent would answer with. */
export class AgentCommandFailed extends Error {
  override readonly name = 'AgentCommandFailed';
}

/** An agent command's failure as clients of libvirt know it. Anything that is neither the guest's fault nor the caller's passes. */
export function commandError(command: string, error: unknown): unknown {
  if (error instanceof AgentCommandFailed) return refused(command, error.message, error);
  if (!(error instanceof GuestRequestFailed)) return error;
  if (lostHelper(error)) return errors.agentUnresponsive(`nobody has answered command '${command}'`);
  return refused(command, requestText(error), error);
}

const refused = (command: string, text: string, cause: Error): LibvirtError =>
  errors.internalError(`unable to execute QEMU agent command '${shown(command)}': ${shown(text)}`, undefined, {
    cause,
  });

function requestText({ step, path, code }: GuestRequestFailed): string {
  return `${step}${path === null ? '' : ` '${path}'`}: ${systemErrorText(code)}`;
}

/** Whether there is no helper any more: it has ended, or has been killed because it took too long. */
export const lostHelper = (error: unknown): boolean => error instanceof GuestRequestFailed && error.step === 'visitor';

/** Whether a request failed with one of these codes ("ENOENT"). */
export const failedWith = (error: unknown, ...codes: readonly string[]): error is GuestRequestFailed =>
  error instanceof GuestRequestFailed && !lostHelper(error) && codes.includes(error.code);

/** The words of the agent for a request that failed, given what strerror(3) says; any other error stays. */
export function reworded(error: unknown, text: (reason: string) => string): unknown {
  if (!(error instanceof GuestRequestFailed) || lostHelper(error)) return error;
  return new AgentCommandFailed(text(systemErrorText(error.code)));
}
