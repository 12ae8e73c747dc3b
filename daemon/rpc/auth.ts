import { ErrorDomain } from '../../drivers/contract/constants.ts';
import { errors } from '../../drivers/contract/error.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { authProcedures } from '../../protocol/programs/remote/auth.ts';
import type { AuthMethod, AuthMethods } from '../auth/auth-method.ts';
import type { Call, ClientSession } from '../call.ts';
import { rpcError } from './failure.ts';

const refused = (): never => {
  throw errors.authFailed('authentication failed', ErrorDomain.RPC);
};

const refusedPolkit = (): never => {
  throw rpcError('authentication required');
};

/** Authentication, by the method of the socket that the client came through. */
export function authHandlers(methods: AuthMethods) {
  const methodOf = ({ auth }: ClientSession): AuthMethod => {
    const method = methods[auth];
    if (method === undefined) throw new Error(`no authentication by ${auth} has been set up`);
    return method;
  };
  return {
    authList: ({ client }) => ({ types: [methodOf(client).begin(client)] }),
    authSaslInit: (call, args) => (methodOf(call.client).handlers.authSaslInit ?? refused)(call, args),
    authSaslStart: (call, args) => (methodOf(call.client).handlers.authSaslStart ?? refused)(call, args),
    authSaslStep: (call, args) => (methodOf(call.client).handlers.authSaslStep ?? refused)(call, args),
    authPolkit: (call, args) => (methodOf(call.client).handlers.authPolkit ?? refusedPolkit)(call, args),
  } satisfies Handlers<typeof authProcedures, Call>;
}
