import type { DomainGuestAgent } from '../../contract/guest.ts';
import type { LxcContext } from '../context.ts';
import type { agent } from './agent.ts';

/** What is asked of guests as of an agent, with code that is loaded by the first question. */
export type GuestAgent = ReturnType<typeof agent>;

/** The calls that clients have of it. */
export function agentOnDemand(agents: () => Promise<GuestAgent>): DomainGuestAgent {
  return {
    domainQemuAgentCommand: async (ref, command, timeout, flags) =>
      (await agents()).domainQemuAgentCommand(ref, command, timeout, flags),
    domainGetGuestInfo: async (ref, types, flags) => (await agents()).domainGetGuestInfo(ref, types, flags),
    domainGetFsinfo: async (ref, flags) => (await agents()).domainGetFsinfo(ref, flags),
    domainFsfreeze: async (ref, mountPoints, flags) => (await agents()).domainFsfreeze(ref, mountPoints, flags),
    domainFsthaw: async (ref, mountPoints, flags) => (await agents()).domainFsthaw(ref, mountPoints, flags),
    domainFstrim: async (ref, mountPoint, minimum, flags) =>
      (await agents()).domainFstrim(ref, mountPoint, minimum, flags),
    domainGetTime: async (ref, flags) => (await agents()).domainGetTime(ref, flags),
    domainSetTime: async (ref, time, flags) => (await agents()).domainSetTime(ref, time, flags),
    domainSetUserPassword: async (ref, user, password, flags) =>
      (await agents()).domainSetUserPassword(ref, user, password, flags),
    domainGetGuestVcpus: async (ref, flags) => (await agents()).domainGetGuestVcpus(ref, flags),
    domainAgentSetResponseTimeout: async (ref, timeout, flags) =>
      (await agents()).domainAgentSetResponseTimeout(ref, timeout, flags),
    domainAuthorizedSshKeysGet: async (ref, user, flags) =>
      (await agents()).domainAuthorizedSshKeysGet(ref, user, flags),
    domainAuthorizedSshKeysSet: async (ref, user, keys, flags) =>
      (await agents()).domainAuthorizedSshKeysSet(ref, user, keys, flags),
  };
}

/** One agent for all, made when it is first asked for. */
export function agentSource(context: LxcContext): () => Promise<GuestAgent> {
  let made: GuestAgent | null = null;
  return async () => {
    const { agent } = await import('./agent.ts');
    return (made ??= agent(context));
  };
}
