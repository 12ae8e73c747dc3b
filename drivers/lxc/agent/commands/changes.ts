import { freezeFileSystems, thawFileSystems } from '../changes/freezing.ts';
import { setPassword } from '../changes/passwords.ts';
import { trimFileSystems, type TrimResult } from '../changes/trimming.ts';
import { authorizedKeys, changeKeys } from '../changes/ssh-keys.ts';
import { AgentCommandFailed } from '../session/agent-failure.ts';
import { DONE, type CommandTable } from './command.ts';
import type { Json } from './json.ts';

/** What can be changed in a container: whether its file systems can be written to, and who gets in. */
export const changes = {
  'guest-fsfreeze-status':
    () =>
    ({ process }) =>
      process.frozen.length > 0 ? 'frozen' : 'thawed',
  'guest-fsfreeze-freeze': () => session => freezeFileSystems(session, null),
  'guest-fsfreeze-freeze-list': args => {
    const mountPoints = args.listOr('mountpoints', null);
    return session => freezeFileSystems(session, mountPoints);
  },
  'guest-fsfreeze-thaw': () => thawFileSystems,
  'guest-fstrim': args => {
    const minimum = args.integerOr('minimum', 0);
    if (minimum < 0) throw new AgentCommandFailed("Invalid parameter 'minimum'");
    return async session => ({ paths: (await trimFileSystems(session, null, BigInt(minimum))).map(trimAnswer) });
  },
  'guest-set-user-password': args => {
    const user = args.text('username');
    const password = args.base64('password').toString('utf8');
    const crypted = args.flag('crypted');
    return async session => {
      await setPassword(session, user, password, crypted);
      return DONE;
    };
  },
  'guest-ssh-get-authorized-keys': args => {
    const user = args.text('username');
    return async session => ({ keys: await authorizedKeys(session, user) });
  },
  'guest-ssh-add-authorized-keys': args => {
    const user = args.text('username');
    const keys = args.list('keys');
    const change = args.flagOr('reset', false) ? 'replace' : 'append';
    return async session => {
      await changeKeys(session, user, keys, change);
      return DONE;
    };
  },
  'guest-ssh-remove-authorized-keys': args => {
    const user = args.text('username');
    const keys = args.list('keys');
    return async session => {
      await changeKeys(session, user, keys, 'remove');
      return DONE;
    };
  },
} as const satisfies CommandTable;

const trimAnswer = ({ mountPoint, trimmed }: TrimResult): Json =>
  typeof trimmed === 'bigint' ? { path: mountPoint, trimmed, minimum: 0 } : { path: mountPoint, error: trimmed.error };
