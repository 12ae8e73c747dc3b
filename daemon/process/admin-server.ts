import type { Log } from '../../drivers/contract/log.ts';
import { admin } from '../../protocol/programs/admin.ts';
import { adminHandlers } from '../admin/admin-handlers.ts';
import type { Administration } from '../admin/administration.ts';
import type { DaemonConfig } from '../config/daemon-config.ts';
import type { CallWatch } from '../rpc/call-watch.ts';
import { STRANGER_MS } from '../rpc/limits.ts';
import { serve } from '../rpc/programs.ts';
import { Server } from '../rpc/server.ts';

/** The server that virt-admin talks to: one with programs of its own, on a socket of root's. */
export function createAdminServer(
  { settings }: DaemonConfig,
  administration: Administration,
  watch: CallWatch,
  log: Log,
): Server {
  return new Server({
    name: 'admin',
    programs: [serve(admin, adminHandlers(administration))],
    limits: {
      maxClients: settings.admin_max_clients,
      maxQueuedClients: settings.admin_max_queued_clients,
      // Everybody who gets in is root, and known at once.
      maxAnonymousClients: settings.admin_max_clients,
      strangerMs: STRANGER_MS,
      maxClientRequests: settings.admin_max_client_requests,
    },
    workers: { min: settings.admin_min_workers, max: settings.admin_max_workers, priority: 0 },
    rootOnly: true,
    keepalive: { interval: settings.admin_keepalive_interval, count: settings.admin_keepalive_count },
    letter: 'a',
    watch,
    log,
  });
}
