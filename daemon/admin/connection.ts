import { ErrorDomain } from '../../drivers/contract/constants.ts';
import { errors } from '../../drivers/contract/error.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { admin } from '../../protocol/programs/admin.ts';
import type { Call } from '../call.ts';
import { LIBVIRT_VERSION } from '../handlers/connect.ts';
import { requireNoFlags, type Administration } from './administration.ts';

/** virDaemonShutdownFlags: domains go on. They do here in any case. */
const SHUTDOWN_PRESERVE = 1;

/** The connection itself, and the daemon's life. */
export function connectionHandlers(administration: Administration) {
  return {
    connectOpen({ client }, { flags }) {
      requireNoFlags(flags, 'adminConnectOpen');
      if (client.opened) throw errors.internalError('connection already open', ErrorDomain.ADMIN);
      client.open(false);
    },
    connectClose: ({ client }) => client.close(),
    connectGetLibVersion: () => ({ libVer: LIBVIRT_VERSION }),
    connectSetDaemonTimeout(_call, { timeout, flags }) {
      requireNoFlags(flags, 'adminConnectSetDaemonTimeout');
      administration.setIdleTimeout(timeout);
    },
    connectDaemonShutdown(_call, { flags }) {
      requireNoFlags(flags & ~SHUTDOWN_PRESERVE, 'adminConnectDaemonShutdown');
      administration.shutDown();
    },
  } satisfies Handlers<typeof admin.procedures, Call>;
}
