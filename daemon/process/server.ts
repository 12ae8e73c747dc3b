import type { Drivers } from '../../drivers/contract/drivers.ts';
import type { Log } from '../../drivers/contract/log.ts';
import { lxc } from '../../protocol/programs/lxc.ts';
import { qemu } from '../../protocol/programs/qemu.ts';
import { remote } from '../../protocol/programs/remote.ts';
import type { DaemonConfig } from '../config/daemon-config.ts';
import type { EventRouters } from '../events/event-routers.ts';
import { lxcHandlers } from '../handlers/lxc.ts';
import { qemuHandlers } from '../handlers/qemu.ts';
import { answeringQemuSystem } from '../handlers/qemu-system.ts';
import { remoteHandlers } from '../handlers/remote.ts';
import type { AuthMethods } from '../auth/auth-method.ts';
import type { Access } from './access.ts';
import { authHandlers } from '../rpc/auth.ts';
import type { CallWatch } from '../rpc/call-watch.ts';
import { serve, type ServedProgram } from '../rpc/programs.ts';
import { STRANGER_MS } from '../rpc/limits.ts';
import { Server } from '../rpc/server.ts';
import type { TlsGate } from '../tls/tls-gate.ts';

interface ProgramParts {
  readonly config: DaemonConfig;
  readonly drivers: Drivers;
  readonly routers: EventRouters;
  readonly auth: AuthMethods;
  /** Null: whoever has authenticated may do everything. */
  readonly access: Access | null;
}

interface ServerParts {
  /** As virt-admin lists it. */
  readonly name: string;
  /** What the ids of its requests begin with in the log. */
  readonly letter: string;
  readonly programs: readonly ServedProgram[];
  readonly config: DaemonConfig;
  readonly log: Log;
  /** Null: no client comes by TLS. */
  readonly tls: TlsGate | null;
  readonly watch: CallWatch;
  readonly clientsChanged: () => void;
}

/** What a server offers to clients of the public API; several may share it. */
export function createPrograms({ config, drivers, routers, auth, access }: ProgramParts): readonly ServedProgram[] {
  const handlers = remoteHandlers(drivers, routers);
  const answering = config.settings.answer_qemu_system ? answeringQemuSystem(handlers) : handlers;
  return [
    serve(remote, { ...authHandlers(auth), ...answering }),
    serve(lxc, lxcHandlers(drivers.hypervisor)),
    serve(qemu, qemuHandlers(drivers.hypervisor)),
  ].map(served => access?.guard(served) ?? served);
}

/** A server that clients of the public API talk to. */
export function createServer({ name, letter, programs, config, tls, watch, log, clientsChanged }: ServerParts): Server {
  const { settings } = config;
  return new Server({
    name,
    letter,
    programs,
    limits: {
      maxClients: settings.max_clients,
      maxQueuedClients: settings.max_queued_clients,
      maxAnonymousClients: settings.max_anonymous_clients,
      strangerMs: STRANGER_MS,
      maxClientRequests: settings.max_client_requests,
    },
    workers: { min: settings.min_workers, max: settings.max_workers, priority: settings.prio_workers },
    keepalive: { interval: settings.keepalive_interval, count: settings.keepalive_count },
    ...(tls === null ? {} : { tls }),
    log,
    watch,
    clientsChanged,
  });
}
