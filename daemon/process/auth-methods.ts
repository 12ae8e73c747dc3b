import type { Log } from '../../drivers/contract/log.ts';
import type { AuthMethods } from '../auth/auth-method.ts';
import { noAuth } from '../auth/none.ts';
import { polkitAuth } from '../auth/polkit.ts';
import type { PolkitAuthority } from '../polkit/authority.ts';

/** Sets up the ways to authenticate that sockets want. */
export const authMethods = (polkit: PolkitAuthority, log: Log): AuthMethods => ({
  none: noAuth,
  polkit: polkitAuth(polkit, log),
});
