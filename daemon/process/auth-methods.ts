import type { Log } from '../../drivers/contract/log.ts';
import type { AuthMethod, AuthMethods } from '../auth/auth-method.ts';
import { noAuth } from '../auth/none.ts';
import { polkitAuth } from '../auth/polkit.ts';
import type { PolkitAuthority } from '../polkit/authority.ts';

/** Sets up the ways to authenticate that sockets want; `sasl` is null when none wants it. */
export const authMethods = (polkit: PolkitAuthority, sasl: AuthMethod | null, log: Log): AuthMethods => ({
  none: noAuth,
  polkit: polkitAuth(polkit, log),
  ...(sasl === null ? {} : { sasl }),
});
