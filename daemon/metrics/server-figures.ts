import type { Connection } from '../rpc/connection.ts';
import type { Server } from '../rpc/server.ts';
import { TransportNumber, type TransportKind } from '../rpc/transport.ts';
import type { Exposition } from './exposition.ts';
import { counter, gauge } from './family.ts';
import { labels } from './label.ts';

export const serverFamilies = {
  clients: gauge('lxvirtd_rpc_clients', 'Connected clients.', 'server', 'transport', 'read_only'),
  limit: gauge('lxvirtd_rpc_clients_limit', 'Clients that may be connected at the same time.', 'server'),
  strangers: gauge('lxvirtd_rpc_clients_unauthenticated', 'Clients that have not authenticated yet.', 'server'),
  waiting: gauge('lxvirtd_rpc_clients_waiting', 'Clients that have asked for more than they may at once.', 'server'),
  accepted: counter('lxvirtd_rpc_connections_accepted_total', 'Clients that have connected.', 'server', 'transport'),
  refused: counter(
    'lxvirtd_rpc_connections_refused_total',
    'Clients that were not let in: TLS refused them, or too many others waited.',
    'server',
  ),
  dropped: counter(
    'lxvirtd_rpc_connections_dropped_total',
    'Clients that were sent away: they broke the protocol, were silent or did not read.',
    'server',
  ),
  received: counter('lxvirtd_rpc_receive_bytes_total', 'Bytes that clients have sent.', 'server'),
  sent: counter('lxvirtd_rpc_transmit_bytes_total', 'Bytes that clients were sent.', 'server'),
  calls: gauge('lxvirtd_rpc_calls_in_progress', 'Calls that wait for their answer.', 'server'),
  streams: gauge('lxvirtd_rpc_streams_open', 'Streams: consoles, uploads, downloads.', 'server'),
  queue: gauge('lxvirtd_rpc_output_queue_bytes', 'Bytes that clients have not taken yet, events among them.', 'server'),
  events: gauge('lxvirtd_rpc_event_queue_bytes', 'Bytes of events that clients have not taken yet.', 'server'),
} as const;

const transports = Object.keys(TransportNumber).filter((name): name is TransportKind => name in TransportNumber);

/** Clients and what is under way for them. */
export function exposeServer(into: Exposition, { name, clients, limits, anonymous, tally }: Server): void {
  const server = labels({ server: name });
  exposeClients(into, server, [...clients.values()]);
  into.add(serverFamilies.limit, server, limits.maxClients);
  into.add(serverFamilies.strangers, server, anonymous);
  for (const transport of transports)
    into.add(serverFamilies.accepted, `${server},${labels({ transport })}`, tally.accepted[transport]);
  into.add(serverFamilies.refused, server, tally.refused);
  into.add(serverFamilies.dropped, server, tally.dropped);
  into.add(serverFamilies.received, server, tally.received);
  into.add(serverFamilies.sent, server, tally.sent);
}

function exposeClients(into: Exposition, server: string, clients: readonly Connection[]): void {
  const count = (transport: TransportKind, readOnly: boolean): number =>
    clients.filter(({ session }) => session.transport.kind === transport && session.readOnly === readOnly).length;
  for (const transport of transports)
    for (const readOnly of [false, true])
      into.add(
        serverFamilies.clients,
        `${server},${labels({ transport, read_only: String(readOnly) })}`,
        count(transport, readOnly),
      );
  const sum = (figure: (client: Connection) => number): number => clients.reduce((all, one) => all + figure(one), 0);
  into.add(serverFamilies.waiting, server, clients.filter(({ waits }) => waits).length);
  into.add(
    serverFamilies.calls,
    server,
    sum(({ runningCalls }) => runningCalls),
  );
  into.add(
    serverFamilies.streams,
    server,
    sum(({ openStreams }) => openStreams),
  );
  into.add(
    serverFamilies.queue,
    server,
    sum(({ backlog }) => backlog.all),
  );
  into.add(
    serverFamilies.events,
    server,
    sum(({ backlog }) => backlog.events),
  );
}
