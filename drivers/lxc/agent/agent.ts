import {
  DomainAgentResponseTimeoutValues,
  DomainAuthorizedSSHKeysSetFlags,
  DomainQemuAgentCommandTimeoutValues,
  DomainSetUserPasswordFlags,
} from '../../contract/constants.ts';
import type { DomainRef } from '../../contract/domain.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { DomainGuestAgent } from '../../contract/guest.ts';
import type { LxcContext } from '../context.ts';
import { plainInvalidArg } from '../operations/affect.ts';
import { freezeFileSystems, thawFileSystems } from './changes/freezing.ts';
import { setPassword } from './changes/passwords.ts';
import { authorizedKeys, changeKeys, type KeyChange } from './changes/ssh-keys.ts';
import { trimFileSystems } from './changes/trimming.ts';
import { parseRequest } from './commands/dispatch.ts';
import { fileSystems } from './facts/file-systems.ts';
import { hostName } from './facts/system.ts';
import { allowedCpus } from './facts/vcpus.ts';
import { infoKinds } from './guest-info.ts';
import { AgentCommandFailed } from './session/agent-failure.ts';
import { AgentSessions, limitOf } from './session/agent-sessions.ts';

const { APPEND, REMOVE } = DomainAuthorizedSSHKeysSetFlags;
const ALL_TYPES = infoKinds.reduce((all, { type }) => all | type, 0);
/** What libvirt's protocol carries. */
const GUEST_INFO_MAX = 2048;
/** VIR_DOMAIN_TIME_SYNC */
const TIME_SYNC = 1;
const { DOMAIN_PASSWORD_ENCRYPTED } = DomainSetUserPasswordFlags;

/** A guest agent for guests that have none installed: a helper inside the container answers in its place. */
export function agent(context: LxcContext) {
  const agents = new AgentSessions(context);
  return {
    /** What the guest calls itself. */
    hostName: async (ref: DomainRef): Promise<string> => agents.perform(ref, 'guest-get-host-name', hostName),

    async domainQemuAgentCommand(ref, command, timeout, flags) {
      checkFlags(flags, 0, 'lxcDomainQemuAgentCommand');
      requireTimeout(timeout, DomainQemuAgentCommandTimeoutValues.MIN);
      const session = agents.of(ref);
      const request = parseRequest(command);
      return await session.perform(request.name, limitOf(timeout), session => request.run(session));
    },

    async domainGetGuestInfo(ref, types, flags) {
      checkFlags(flags, 0, 'lxcDomainGetGuestInfo');
      if ((types & ~ALL_TYPES) !== 0)
        throw errors.invalidArg(`unsupported guest information types '0x${((types & ~ALL_TYPES) >>> 0).toString(16)}'`);
      const asked = infoKinds.filter(({ type }) => types === 0 || (types & type) !== 0);
      const answers = [];
      for (const { command, ask } of asked) answers.push(await agents.perform(ref, command, ask));
      const params = answers.flat();
      if (params.length > GUEST_INFO_MAX)
        throw errors.operationFailed(`the guest has more to say (${params.length} values) than fits into an answer`);
      return params;
    },

    async domainGetFsinfo(ref, flags) {
      checkFlags(flags, 0, 'lxcDomainGetFSInfo');
      return await agents.perform(ref, 'guest-get-fsinfo', fileSystems);
    },

    async domainFsfreeze(ref, mountPoints, flags) {
      checkFlags(flags, 0, 'lxcDomainFSFreeze');
      return mountPoints.length === 0
        ? await agents.perform(ref, 'guest-fsfreeze-freeze', session => freezeFileSystems(session, null))
        : await agents.perform(ref, 'guest-fsfreeze-freeze-list', session => freezeFileSystems(session, mountPoints));
    },

    async domainFsthaw(ref, _mountPoints, flags) {
      checkFlags(flags, 0, 'lxcDomainFSThaw');
      return await agents.perform(ref, 'guest-fsfreeze-thaw', thawFileSystems);
    },

    async domainFstrim(ref, mountPoint, minimum, flags) {
      checkFlags(flags, 0, 'lxcDomainFSTrim');
      await agents.perform(ref, 'guest-fstrim', async session => {
        const results = await trimFileSystems(session, mountPoint === null ? null : [mountPoint], minimum);
        if (mountPoint === null) return;
        const [result] = results;
        if (result === undefined)
          throw new AgentCommandFailed(`no file system of the guest's own is at '${mountPoint}'`);
        if (typeof result.trimmed !== 'bigint') throw new AgentCommandFailed(result.trimmed.error);
      });
    },

    async domainGetTime(ref, flags) {
      checkFlags(flags, 0, 'lxcDomainGetTime');
      return await agents.perform(ref, 'guest-get-time', () => {
        const now = Date.now();
        return { seconds: BigInt(Math.floor(now / 1000)), nanoseconds: (now % 1000) * 1_000_000 };
      });
    },

    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainSetTime(ref, _time, flags) {
      checkFlags(flags, TIME_SYNC, 'lxcDomainSetTime');
      agents.of(ref);
      throw errors.operationUnsupported("a container has the host's clock");
    },

    async domainSetUserPassword(ref, user, password, flags) {
      checkFlags(flags, DOMAIN_PASSWORD_ENCRYPTED, 'lxcDomainSetUserPassword');
      const hashed = (flags & DOMAIN_PASSWORD_ENCRYPTED) !== 0;
      await agents.perform(ref, 'guest-set-user-password', session => setPassword(session, user, password, hashed));
    },

    async domainGetGuestVcpus(ref, flags) {
      checkFlags(flags, 0, 'lxcDomainGetGuestVcpus');
      const list = await agents.perform(ref, 'guest-get-vcpus', allowedCpus);
      return [
        { field: 'vcpus', type: 'string', value: list },
        { field: 'online', type: 'string', value: list },
        { field: 'offlinable', type: 'string', value: '' },
      ];
    },

    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainAgentSetResponseTimeout(ref, timeout, flags) {
      checkFlags(flags, 0, 'lxcDomainAgentSetResponseTimeout');
      requireTimeout(timeout, DomainAgentResponseTimeoutValues.BLOCK);
      agents.setTimeout(ref, timeout);
    },

    async domainAuthorizedSshKeysGet(ref, user, flags) {
      checkFlags(flags, 0, 'lxcDomainAuthorizedSSHKeysGet');
      return await agents.perform(ref, 'guest-ssh-get-authorized-keys', session => authorizedKeys(session, user));
    },

    async domainAuthorizedSshKeysSet(ref, user, keys, flags) {
      checkFlags(flags, APPEND | REMOVE, 'lxcDomainAuthorizedSSHKeysSet');
      const change = keyChange(flags);
      const command = change === 'remove' ? 'guest-ssh-remove-authorized-keys' : 'guest-ssh-add-authorized-keys';
      await agents.perform(ref, command, session => changeKeys(session, user, keys, change));
    },
  } satisfies DomainGuestAgent & { readonly hostName: (ref: DomainRef) => Promise<string> };
}

function keyChange(flags: number): KeyChange {
  if (flags === (APPEND | REMOVE))
    throw plainInvalidArg(
      "Flags 'VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_APPEND' and 'VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_REMOVE' are mutually exclusive",
    );
  if (flags === APPEND) return 'append';
  return flags === REMOVE ? 'remove' : 'replace';
}

function requireTimeout(timeout: number, minimum: number): void {
  if (timeout < minimum)
    throw errors.invalidArg(`guest agent timeout '${timeout}' is less than the minimum '${minimum}'`);
}
