import { inOrder, type Drivers } from '../../drivers/contract/drivers.ts';
import type { Paths } from '../../drivers/contract/paths.ts';
import type { LogControl } from '../admin/administration.ts';
import type { AuthMethod } from '../auth/auth-method.ts';
import type { DaemonConfig } from '../config/daemon-config.ts';
import { eventRouters } from '../events/event-routers.ts';
import type { Logs } from '../logging/logs.ts';
import { PolkitAuthority } from '../polkit/authority.ts';
import { CallLog } from '../rpc/call-log.ts';
import type { Endpoint } from '../rpc/listener.ts';
import type { Server } from '../rpc/server.ts';
import { readTlsFiles } from '../tls/tls-files.ts';
import { TlsGate } from '../tls/tls-gate.ts';
import { createAccess } from './access.ts';
import { authMethods } from './auth-methods.ts';
import { activatedSockets } from './activation.ts';
import { createAdminServer } from './admin-server.ts';
import { endpoints } from './endpoints.ts';
import { IdleTimer } from './idle-timer.ts';
import { createSaslAuth } from './sasl-auth.ts';
import { createServer } from './server.ts';

export interface ListenParts {
  readonly paths: Paths;
  readonly config: DaemonConfig;
  readonly env: NodeJS.ProcessEnv;
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
  const { paths, config, drivers, logs, logControl, expired } = parts;
  const activated = activatedSockets(parts.env);
  const log = logs.logger('rpc');
  const watch = new CallLog(log);
  const polkit = resources.adopt(new PolkitAuthority(), authority => authority.close());
  const access = createAccess({ settings: config.settings, drivers, polkit, log: logs.logger('access') });
  const routers = resources.adopt(eventRouters(drivers, logs.logger('daemon.remote'), access?.events), routers =>
    routers.close(),
  );
  const isNeeded = (): boolean => server.clients.size > 0 || inOrder(drivers).some(driver => driver.activeCount() > 0);
  const idle = resources.adopt(new IdleTimer(parts.timeout, isNeeded, expired), timer => timer.stop());
  const wanted = endpoints(paths, config, activated);
  const tls = wanted.clients.some(({ transport }) => transport === 'tls') ? createTlsGate(parts) : null;
  const sasl = await saslOf(parts, wanted.clients);
  const server: Server = resources.adopt(
    createServer({
      access,
      config,
      drivers,
      routers,
      tls,
      auth: authMethods(polkit, sasl, log),
      watch,
      log,
      clientsChanged: () => idle.restart(),
    }),
    server => server.close(),
  );
  const servers = new Map<string, Server>();
  const administration = {
    servers,
    logs: logControl,
    setIdleTimeout: (seconds: number) => (idle.seconds = seconds),
    shutDown: expired,
    updateTls: tls === null ? null : () => tls.use(readTlsFiles(paths, config.settings, log)),
  };
  const admin = resources.adopt(createAdminServer(config, administration, watch, log), server => server.close());
  for (const each of [admin, server]) servers.set(each.name, each);

  for (const endpoint of wanted.clients) await server.listen(endpoint);
  for (const endpoint of wanted.admin) await admin.listen(endpoint);
  idle.restart();
}

/** Null when no socket wants it: then there is no need for its library. */
async function saslOf({ paths, config, logs }: ListenParts, sockets: readonly Endpoint[]): Promise<AuthMethod | null> {
  const wanting = sockets.filter(({ auth }) => auth === 'sasl').map(({ transport = 'unix' }) => transport);
  return wanting.length === 0 ? null : createSaslAuth(paths, config.settings, wanting, logs.logger('rpc'));
}

function createTlsGate({ paths, config: { settings }, logs }: ListenParts): TlsGate {
  const log = logs.logger('rpc');
  return new TlsGate(
    readTlsFiles(paths, settings, log),
    {
      verify: !settings.tls_no_verify_certificate,
      allowedNames: settings.tls_allowed_dn_list,
      priority: settings.tls_priority,
    },
    log,
  );
}
