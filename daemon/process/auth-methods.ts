import type { AuthMethods } from '../auth/auth-method.ts';
import { noAuth } from '../auth/none.ts';

/** Sets up the ways to authenticate that sockets want. */
export const authMethods = (): AuthMethods => ({ none: noAuth });
