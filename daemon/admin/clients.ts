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
function identity({ session: { transport, readOnly, identity: who } }: Connection): TypedParameter[] {
  return [
    { field: 'readonly', type: 'boolean', value: readOnly },
    ...named('sock_addr', transport.address),
    ...named('tls_x509_dname', who.x509Name),
    ...named('sasl_user_name', who.saslUserName),
    ...numbered('unix_user_id', who.unixUserId),
    ...named('unix_user_name', who.unixUserName ?? (who.unixUserId === null ? null : userName(who.unixUserId))),
    ...numbered('unix_group_id', who.unixGroupId),
    ...named('unix_group_name', who.unixGroupName ?? (who.unixGroupId === null ? null : groupName(who.unixGroupId))),
    ...numbered('unix_process_id', who.processId),
    ...named('selinux_context', who.selinuxContext),
  ];
}

const numbered = (field: string, value: number | null): TypedParameter[] =>
  value === null ? [] : [{ field, type: 'int', value: value | 0 }];

const named = (field: string, value: string | null): TypedParameter[] =>
  value === null ? [] : [{ field, type: 'string', value }];
