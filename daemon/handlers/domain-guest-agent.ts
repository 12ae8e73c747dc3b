import type { GuestFileSystem, DomainGuestAgent } from '../../drivers/contract/guest.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { domainGuestProcedures } from '../../protocol/programs/remote/domain-guest.ts';
import type { Call } from '../call.ts';
import { requireGiven } from './argument.ts';

/** What a driver with a guest agent has. */
export const guestAgentCalls = [
  'domainQemuAgentCommand',
  'domainGetGuestInfo',
  'domainGetFsinfo',
  'domainFsfreeze',
  'domainFsthaw',
  'domainFstrim',
  'domainGetTime',
  'domainSetTime',
  'domainSetUserPassword',
  'domainGetGuestVcpus',
  'domainAgentSetResponseTimeout',
  'domainAuthorizedSshKeysGet',
  'domainAuthorizedSshKeysSet',
] as const satisfies readonly (keyof DomainGuestAgent)[];

/** What is asked of the guest itself. */
export function domainGuestAgentHandlers(driver: DomainGuestAgent) {
  return {
    domainGetGuestInfo: async (_call, { dom, types, flags }) => ({
      params: await driver.domainGetGuestInfo(dom, types, flags),
    }),
    async domainGetFsinfo(_call, { dom, flags }) {
      const info = await driver.domainGetFsinfo(dom, flags);
      return { info: info.map(fileSystemReply), ret: info.length };
    },
    domainFsfreeze: async (_call, { dom, mountpoints, flags }) => ({
      filesystems: await driver.domainFsfreeze(dom, mountpoints, flags),
    }),
    domainFsthaw: async (_call, { dom, mountpoints, flags }) => ({
      filesystems: await driver.domainFsthaw(dom, mountpoints, flags),
    }),
    domainFstrim: (_call, { dom, mountPoint, minimum, flags }) => driver.domainFstrim(dom, mountPoint, minimum, flags),
    async domainGetTime(_call, { dom, flags }) {
      const { seconds, nanoseconds } = await driver.domainGetTime(dom, flags);
      return { seconds, nseconds: nanoseconds };
    },
    domainSetTime: (_call, { dom, seconds, nseconds, flags }) =>
      driver.domainSetTime(dom, { seconds, nanoseconds: nseconds }, flags),
    domainSetUserPassword(_call, { dom, user, password, flags }) {
      const api = 'virDomainSetUserPassword';
      requireGiven(api, 'user', user);
      requireGiven(api, 'password', password);
      return driver.domainSetUserPassword(dom, user, password, flags);
    },
    domainGetGuestVcpus: async (_call, { dom, flags }) => ({ params: await driver.domainGetGuestVcpus(dom, flags) }),
    async domainAgentSetResponseTimeout(_call, { dom, timeout, flags }) {
      await driver.domainAgentSetResponseTimeout(dom, timeout, flags);
      return { result: 0 };
    },
    domainAuthorizedSshKeysGet: async (_call, { dom, user, flags }) => ({
      keys: await driver.domainAuthorizedSshKeysGet(dom, user, flags),
    }),
    domainAuthorizedSshKeysSet: (_call, { dom, user, keys, flags }) =>
      driver.domainAuthorizedSshKeysSet(dom, user, keys, flags),
  } satisfies Handlers<typeof domainGuestProcedures, Call>;
}

const fileSystemReply = ({ mountPoint, name, type, disks }: GuestFileSystem) => ({
  mountpoint: mountPoint,
  name,
  fstype: type,
  devAliases: disks,
});
