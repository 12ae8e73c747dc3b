import { ErrorDomain } from '../../drivers/contract/constants.ts';
import { errors } from '../../drivers/contract/error.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import { AuthType, type authProcedures } from '../../protocol/programs/remote/auth.ts';
import type { Call } from '../call.ts';
import { rpcError } from './failure.ts';

const refused = (): never => {
  throw errors.authFailed('authentication failed', ErrorDomain.RPC);
};

/**
 * Authentication where the socket's mode decides who may connect: whoever asks how to authenticate has. The other
 * procedures belong to methods that were not offered.
 */
export const authHandlers = {
  authList({ client }) {
    client.authenticate();
    return { types: [AuthType.NONE] };
  },
  authSaslInit: refused,
  authSaslStart: refused,
  authSaslStep: refused,
  authPolkit() {
    throw rpcError('authentication required');
  },
} satisfies Handlers<typeof authProcedures, Call>;
