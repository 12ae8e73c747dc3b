import type { Handlers } from '../../protocol/procedure.ts';
import type { AuthType, authProcedures } from '../../protocol/programs/remote/auth.ts';
import type { Call, ClientSession } from '../call.ts';

/** How clients of a socket say who they are, by the names of libvirtd.conf. */
export type AuthName = 'none' | 'polkit' | 'sasl';

type AuthCalls = 'authSaslInit' | 'authSaslStart' | 'authSaslStep' | 'authPolkit';

/** A way to authenticate. */
export interface AuthMethod {
  /** What `authList` answers. A method that knows already who the client is lets it in here, and answers NONE. */
  begin(client: ClientSession): (typeof AuthType)[keyof typeof AuthType];
  /** The procedures that it goes by; clients of its sockets are refused the others. */
  readonly handlers: Pick<Handlers<typeof authProcedures, Call>, AuthCalls>;
}

/** A method is here when a socket wants it. */
export type AuthMethods = { readonly none: AuthMethod } & { readonly [Name in AuthName]?: AuthMethod };
