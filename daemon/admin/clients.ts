import type { TypedParameter } from '../../drivers/contract/domain.ts';
import { groupName } from '../../native/ffi/group.ts';
import { userName } from '../../native/ffi/user.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { admin } from '../../protocol/programs/admin.ts';
import type { Call } from '../call.ts';
import type { Connection } from '../rpc/connection.ts';
import { TransportNumber } from '../rpc/transport.ts';
import { clientOf, requireNoFlags, serverOf, type Administration } from './administration.ts';

/** The clients of a server: who they are, and sending them away. */
export function clientHandlers(administration: Administration) {
  return {
    serverListClients(_call, { srv, needResults, flags }) {
      requireNoFlags(flags, 'adminServerListClients');
      const { name, clients } = serverOf(administration, srv);
      const all = [...clients.values()].map(client => describe(name, client));
      return { clients: needResults === 0 ? [] : all, ret: all.length };
    },
    serverLookupClient(_call, { srv, id, flags }) {
      requireNoFlags(flags, 'adminServerLookupClient');
      return { clnt: describe(serverOf(administration, srv).name, clientOf(administration, { srv, id })) };
    },
    clientGetInfo(_call, { clnt, flags }) {
      requireNoFlags(flags, 'adminClientGetInfo');
      return { params: identity(clientOf(administration, clnt)) };
    },
    clientClose(_call, { clnt, flags }) {
      requireNoFlags(flags, 'adminClientClose');
      clientOf(administration, clnt).session.close();
    },
  } satisfies Handlers<typeof admin.procedures, Call>;
}

const describe = (server: string, { session }: Connection) => ({
  srv: { name: server },
  id: BigInt(session.id),
  timestamp: BigInt(Math.floor(session.connectedAt.getTime() / 1000)),
  transport: TransportNumber[session.transport.kind],
});

/** By the names of virAdmClientInfo. The names of user and group are left out when the host has none for the numbers. */
function identity({ session: { transport, readOnly } }: Connection): TypedParameter[] {
  const access: TypedParameter = { field: 'readonly', type: 'boolean', value: readOnly };
  const { peer, address, x509Name } = transport;
  if (peer === null) return [access, ...named('sock_addr', address), ...named('tls_x509_dname', x509Name)];
  const { uid, gid, pid } = peer;
  return [
    access,
    { field: 'unix_user_id', type: 'int', value: uid | 0 },
    ...named('unix_user_name', userName(uid)),
    { field: 'unix_group_id', type: 'int', value: gid | 0 },
    ...named('unix_group_name', groupName(gid)),
    { field: 'unix_process_id', type: 'int', value: pid },
  ];
}

const named = (field: string, value: string | null): TypedParameter[] =>
  value === null ? [] : [{ field, type: 'string', value }];
