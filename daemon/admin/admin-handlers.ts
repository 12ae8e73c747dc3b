import type { Handlers } from '../../protocol/procedure.ts';
import type { admin } from '../../protocol/programs/admin.ts';
import type { Call } from '../call.ts';
import type { Administration } from './administration.ts';
import { clientHandlers } from './clients.ts';
import { connectionHandlers } from './connection.ts';
import { loggingHandlers } from './logging.ts';
import { serverHandlers } from './servers.ts';

/** What answers virt-admin. Only root reaches the socket that serves it, so nothing here asks who calls. */
export function adminHandlers(administration: Administration) {
  return {
    ...connectionHandlers(administration),
    ...serverHandlers(administration),
    ...clientHandlers(administration),
    ...loggingHandlers(administration),
  } satisfies Handlers<typeof admin.procedures, Call>;
}
