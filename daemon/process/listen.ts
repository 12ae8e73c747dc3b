import { inOrder, type Drivers } from '../../drivers/contract/drivers.ts';
import type { Paths } from '../../drivers/contract/paths.ts';
import type { LogControl } from '../admin/administration.ts';
import type { AuthMethod } from '../auth/auth-method.ts';
import type { DaemonConfig } from '../config/daemon-config.ts';
import { eventRouters } from '../events/event-routers.ts';
import type { Logs } from '../logging/logs.ts';
import { PolkitAuthority } from '../polkit/authority.ts';
import { CallLog } from '../rpc/call-log.ts';
import { watchers } from '../rpc/call-watch.ts';
import type { Server } from '../rpc/server.ts';
import { mainDaemon, servedDaemons } from '../served-daemons.ts';
import { createAccess } from './access.ts';
import { authMethods } from './auth-methods.ts';
import type { ActivatedSocket } from './activation.ts';
import { createAdminServer } from './admin-server.ts';
import { daemonsServed, endpoints, type DaemonEndpoint } from './endpoints.ts';
import { IdleTimer } from './idle-timer.ts';
import { createMetrics, metricsPlace } from './metrics.ts';
import { createPrograms, createServer } from './server.ts';
import type { Tls } from './tls.ts';

export interface ListenParts {
  readonly paths: Paths;
  readonly config: DaemonConfig;
  readonly activated: readonly ActivatedSocket[];
  readonly drivers: Drivers;
  readonly logs: Logs;
  readonly logControl: LogControl;
  /** Seconds without a client and an active object after which the daemon ends; 0 is never. */
  readonly timeout: number;
  /** Ends the daemon. */
  readonly expired: () => void;
}

/** Makes the servers and their sockets: clients can connect once it resolves. All is let go of by `resources`. */
export async function listen(parts: ListenParts, resources: AsyncDisposableStack): Promise<void> {
  const { paths, config, activated, drivers, logs, logControl, expired } = parts;
  const log = logs.logger('rpc');
  const place = metricsPlace(paths, config);
  const metrics = await createMetrics(place, logs, resources);
  const callLog = new CallLog(log);
  const watch = metrics === null ? callLog : watchers([callLog, metrics.calls]);
  const polkit = resources.adopt(new PolkitAuthority(), authority => authority.close());
  const access = await createAccess({ settings: config.settings, drivers, polkit, log: logs.logger('access') });
  const routers = resources.adopt(eventRouters(drivers, logs.logger('daemon.remote'), access?.events), routers =>
    routers.close(),
  );
  /** By the names that virt-admin knows them by. */
  const servers = new Map<string, Server>();
  const isNeeded = (): boolean =>
    [...servers.values()].some(({ name, clients }) => name !== ADMIN && clients.size > 0) ||
    inOrder(drivers).some(driver => driver.activeCount() > 0);
  const idle = resources.adopt(new IdleTimer(parts.timeout, isNeeded, expired), timer => timer.stop());
  const wanted = endpoints(paths, config, activated);
  const tls = wanted.clients.some(({ endpoint }) => endpoint.transport === 'tls') ? await tlsOf(parts) : null;
  const auth = authMethods(polkit, await saslOf(parts, wanted.clients), log);
  const programs = createPrograms({ access, config, drivers, routers, auth });
  const administration = {
    servers,
    logs: logControl,
    setIdleTimeout: (seconds: number) => (idle.seconds = seconds),
    shutDown: expired,
    updateTls: tls?.reread ?? null,
  };
  const add = (server: Server): Server => {
    servers.set(server.name, server);
    return resources.adopt(server, each => each.close());
  };
  const admin = add(createAdminServer(config, administration, watch, log));
  const main = mainDaemon(daemonsServed(config, activated));
  const clientsChanged = (): void => idle.restart();
  for (const { daemon, endpoint } of wanted.clients) {
    const { opens, letter } = servedDaemons[daemon];
    const name = opens === null ? main : daemon;
    const server =
      servers.get(name) ??
      add(createServer({ name, letter, programs, config, tls: tls?.gate ?? null, watch, log, clientsChanged }));
    await server.listen(endpoint);
  }
  for (const { endpoint } of wanted.admin) await admin.listen(endpoint);
  if (place !== null) await metrics?.serve(place, servers.values(), drivers.hypervisor);
  idle.restart();
}

const ADMIN = 'admin';

/** Null when no socket wants it: then there is no need for its library. */
async function saslOf(
  { paths, config, logs }: ListenParts,
  sockets: readonly DaemonEndpoint[],
): Promise<AuthMethod | null> {
  const wanting = sockets.flatMap(({ endpoint: { auth, transport = 'unix' } }) => (auth === 'sasl' ? transport : []));
  if (wanting.length === 0) return null;
  const { createSaslAuth } = await import('./sasl-auth.ts');
  return createSaslAuth(paths, config.settings, wanting, logs.logger('rpc'));
}

/** Loaded where clients can come by it. */
async function tlsOf({ paths, config, logs }: ListenParts): Promise<Tls> {
  const { createTls } = await import('./tls.ts');
  return createTls(paths, config.settings, logs.logger('rpc'));
}
