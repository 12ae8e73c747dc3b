import { ErrorDomain } from '../../drivers/contract/constants.ts';
import { errors } from '../../drivers/contract/error.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { admin } from '../../protocol/programs/admin.ts';
import type { Call } from '../call.ts';
import { requireNoFlags, serverOf, type Administration } from './administration.ts';
import { changedClientLimits, clientFigures } from './client-limits.ts';
import { changedWorkers, workerFigures } from './workers.ts';

/** The daemon's servers and what each allows. */
export function serverHandlers(administration: Administration) {
  return {
    connectListServers(_call, { needResults, flags }) {
      requireNoFlags(flags, 'adminConnectListServers');
      const servers = [...administration.servers.keys()].map(name => ({ name }));
      return { servers: needResults === 0 ? [] : servers, ret: servers.length };
    },
    connectLookupServer(_call, { name, flags }) {
      requireNoFlags(flags, 'adminConnectLookupServer');
      return { srv: { name: serverOf(administration, { name }).name } };
    },
    serverGetThreadpoolParameters(_call, { srv, flags }) {
      requireNoFlags(flags, 'adminServerGetThreadpoolParameters');
      return { params: workerFigures(serverOf(administration, srv)) };
    },
    serverSetThreadpoolParameters(_call, { srv, params, flags }) {
      requireNoFlags(flags, 'adminServerSetThreadpoolParameters');
      const server = serverOf(administration, srv);
      Object.assign(server.workers, changedWorkers(server.workers, params));
    },
    serverUpdateTlsFiles(_call, { srv, flags }) {
      requireNoFlags(flags, 'adminServerUpdateTlsFiles');
      const { name } = serverOf(administration, srv);
      const { updateTls } = administration;
      if (name === 'admin' || updateTls === null)
        throw errors.internalError('no tls service found, unable to update tls files', ErrorDomain.RPC);
      try {
        updateTls();
      } catch (error) {
        throw errors.systemError(error instanceof Error ? error.message : String(error), ErrorDomain.RPC);
      }
    },
    serverGetClientLimits(_call, { srv, flags }) {
      requireNoFlags(flags, 'adminServerGetClientLimits');
      return { params: clientFigures(serverOf(administration, srv)) };
    },
    serverSetClientLimits(_call, { srv, params, flags }) {
      requireNoFlags(flags, 'adminServerSetClientLimits');
      const server = serverOf(administration, srv);
      Object.assign(server.limits, changedClientLimits(server.limits, params));
      server.regulate();
    },
  } satisfies Handlers<typeof admin.procedures, Call>;
}
