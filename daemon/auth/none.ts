import { AuthType } from '../../protocol/programs/remote/auth.ts';
import type { AuthMethod } from './auth-method.ts';

/** Where the socket's mode, or a certificate, decides who may connect: whoever asks how to authenticate has. */
export const noAuth: AuthMethod = {
  begin(client) {
    client.authenticate();
    return AuthType.NONE;
  },
  handlers: {},
};
