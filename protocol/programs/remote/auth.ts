import type { ProcedureTable } from '../../procedure.ts';
import { typedParameter } from '../../typed-parameter.ts';
import { array, charArray, enumeration, int, struct, uint } from '../../xdr/index.ts';
import { AUTH_SASL_DATA_MAX, AUTH_TYPE_LIST_MAX, CONNECT_IDENTITY_PARAMS_MAX } from './limits.ts';
import { text } from './types.ts';

/** How a client may be asked to authenticate. */
export const AuthType = { NONE: 0, SASL: 1, POLKIT: 2 } as const;
export const authType = enumeration(AuthType);

export const authListRet = struct({ types: array(authType, AUTH_TYPE_LIST_MAX) });
export const authSaslInitRet = struct({ mechlist: text });
export const authSaslStartArgs = struct({ mech: text, nil: int, data: charArray(AUTH_SASL_DATA_MAX) });
export const authSaslStartRet = struct({ complete: int, nil: int, data: charArray(AUTH_SASL_DATA_MAX) });
export const authSaslStepArgs = struct({ nil: int, data: charArray(AUTH_SASL_DATA_MAX) });
export const authSaslStepRet = struct({ complete: int, nil: int, data: charArray(AUTH_SASL_DATA_MAX) });
export const authPolkitRet = struct({ complete: int });
export const connectSetIdentityArgs = struct({
  params: array(typedParameter, CONNECT_IDENTITY_PARAMS_MAX),
  flags: uint,
});

/** Who the client is: authentication, and the identity a proxy daemon forwards. */
export const authProcedures = {
  authList: { number: 66, ret: authListRet, priority: 'high', acl: [], readOnly: true, beforeAuth: true },
  authSaslInit: { number: 67, ret: authSaslInitRet, priority: 'high', acl: [], readOnly: true, beforeAuth: true },
  authSaslStart: {
    number: 68,
    args: authSaslStartArgs,
    ret: authSaslStartRet,
    priority: 'high',
    acl: [],
    readOnly: true,
    beforeAuth: true,
  },
  authSaslStep: {
    number: 69,
    args: authSaslStepArgs,
    ret: authSaslStepRet,
    priority: 'high',
    acl: [],
    readOnly: true,
    beforeAuth: true,
  },
  authPolkit: { number: 70, ret: authPolkitRet, priority: 'high', acl: [], readOnly: true, beforeAuth: true },
  connectSetIdentity: { number: 419, args: connectSetIdentityArgs, acl: ['connect:write'], readOnly: true },
} satisfies ProcedureTable;
