import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { HypervisorDriver } from '../../drivers/contract/hypervisor.ts';
import type { Log } from '../../drivers/contract/log.ts';
import type { Paths } from '../../drivers/contract/paths.ts';
import { hostPaths } from '../../drivers/contract/paths.ts';
import { ServiceManager } from '../../native/ffi/systemd.ts';
import type { DaemonConfig, LxcSettings } from '../config/daemon-config.ts';
import { loadDaemonConfig } from '../config/daemon-config.ts';
import { DomainEventRouter } from '../events/domain-event-router.ts';
import type { LogSettings } from '../logging/logs.ts';
import { Logs } from '../logging/logs.ts';
import { logSettings } from '../logging/log-settings.ts';
import { hostLogSockets } from '../logging/sinks.ts';
import type { Server } from '../rpc/server.ts';
import { activatedSockets } from './activation.ts';
import type { DaemonOptions } from './command-line.ts';
import { endpoints } from './endpoints.ts';
import { IdleTimer } from './idle-timer.ts';
import { PidFile } from './pid-file.ts';
import { changesThatWait } from './reload.ts';
import { createServer } from './server.ts';

/** The program's name in syslog, the journal and messages. */
export const PROGRAM = 'lxvirtd';

/** What a driver is made of. */
export interface DriverOptions {
  readonly paths: Paths;
  readonly log: Log;
  readonly hostUuid: string;
  /** The driver's own configuration file, lxc.conf. */
  readonly settings: LxcSettings;
}
export type DriverFactory = (options: DriverOptions) => HypervisorDriver | Promise<HypervisorDriver>;

export interface Launch {
  readonly options: DaemonOptions;
  readonly env: NodeJS.ProcessEnv;
  /** Started by --daemon. */
  readonly detached: boolean;
  readonly createDriver: DriverFactory;
  /** Why there is no compile cache, or null. */
  readonly cacheProblem: string | null;
  /** Called once, when the daemon is to end by itself: it has been idle for long enough. */
  readonly expired: () => void;
}

/** A daemon that serves clients. */
export class Daemon {
  readonly #launch: Launch;
  readonly #paths: Paths;
  readonly #logs: Logs;
  readonly #driver: HypervisorDriver;
  readonly #manager: ServiceManager;
  readonly #resources: AsyncDisposableStack;
  readonly #log: Log;
  #config: DaemonConfig;

  private constructor(
    launch: Launch,
    parts: {
      paths: Paths;
      config: DaemonConfig;
      logs: Logs;
      driver: HypervisorDriver;
      manager: ServiceManager;
      resources: AsyncDisposableStack;
    },
  ) {
    this.#launch = launch;
    this.#paths = parts.paths;
    this.#config = parts.config;
    this.#logs = parts.logs;
    this.#driver = parts.driver;
    this.#manager = parts.manager;
    this.#resources = parts.resources;
    this.#log = parts.logs.logger('daemon');
  }

  /** Clients can connect once this resolves. Whatever keeps it from that is thrown, and nothing is left behind. */
  static async start(launch: Launch): Promise<Daemon> {
    const { options, env } = launch;
    await using resources = new AsyncDisposableStack();
    const paths = hostPaths(options.root);
    makeDirectories(paths);
    const config = loadDaemonConfig({ paths, file: options.config, listen: options.listen });
    const logs = resources.adopt(new Logs(PROGRAM, logsOf(launch, paths, config)), logs => logs.close());
    const log = logs.logger('daemon');
    reportSetup(log, launch, config);
    resources.adopt(PidFile.acquire(options.pidFile ?? join(paths.runBase, 'libvirtd.pid')), file => file.release());
    const activated = activatedSockets(env);
    const manager = new ServiceManager(env['NOTIFY_SOCKET']);
    delete env['NOTIFY_SOCKET'];

    const { hostUuid, lxc: settings } = config;
    const driver = await launch.createDriver({ paths, log: logs.logger('lxc'), hostUuid, settings });
    resources.defer(() => driver.close());
    await driver.start();

    const router = new DomainEventRouter(driver.domainEvents, logs.logger('daemon.remote'));
    resources.defer(() => router.close());
    let server: Server | null = null;
    const isNeeded = (): boolean => (server?.clients.size ?? 0) > 0 || driver.activeCount() > 0;
    const idle = resources.adopt(new IdleTimer(options.timeout, isNeeded, launch.expired), timer => timer.stop());
    server = createServer({ config, driver, router, log: logs.logger('rpc'), clientsChanged: () => idle.restart() });
    const listening = server;
    resources.defer(() => listening.close());
    for (const endpoint of endpoints(paths, config, activated)) await listening.listen(endpoint);
    if (activated.some(({ role }) => role === 'admin')) log.warn({}, 'The admin socket is not served');
    idle.restart();

    const daemon = new Daemon(launch, { paths, config, logs, driver, manager, resources: resources.move() });
    daemon.#begin();
    return daemon;
  }

  #begin(): void {
    this.#manager.ready('Serving clients');
    this.#log.info({}, 'Ready');
    this.#driver.autostart().catch(error => this.#log.error({ err: error }, 'Cannot start the marked domains'));
  }

  /** SIGHUP: log settings and files anew, and definitions that appeared on disk. A configuration with a mistake changes nothing. */
  async reload(): Promise<void> {
    this.#manager.reloading();
    try {
      const { options } = this.#launch;
      const config = loadDaemonConfig({ paths: this.#paths, file: options.config, listen: options.listen });
      this.#logs.configure(logsOf(this.#launch, this.#paths, config));
      for (const key of changesThatWait(this.#config.settings, config.settings))
        this.#log.warn({ key }, 'The new value takes effect when the daemon starts next');
      this.#config = config;
      await this.#driver.reload();
    } catch (error) {
      this.#log.error({ err: error }, 'Cannot reload');
    }
    this.#manager.ready('Serving clients');
  }

  /** Lets clients finish, and leaves every domain as it is. */
  async stop(): Promise<void> {
    this.#manager.stopping();
    await this.#resources.disposeAsync();
  }

  /** For the last words of a process that cannot go on. */
  logFatal(error: unknown): void {
    this.#log.error({ err: error }, 'Unexpected failure: the daemon ends, domains go on');
  }
}

function makeDirectories(paths: Paths): void {
  for (const directory of [paths.etc, paths.run, paths.lib, paths.cache])
    mkdirSync(directory, { recursive: true, mode: 0o755 });
  mkdirSync(paths.log, { recursive: true, mode: 0o700 });
}

function logsOf({ options, env, detached }: Launch, paths: Paths, config: DaemonConfig): LogSettings {
  return logSettings(config.settings, {
    verbose: options.verbose,
    detached,
    directory: paths.log,
    journald: hostLogSockets.journald,
    env,
  });
}

/** What an administrator should know of how the daemon runs. */
function reportSetup(log: Log, { cacheProblem }: Launch, config: DaemonConfig): void {
  log.info({ config: config.file ?? 'none' }, 'Starting');
  for (const warning of config.warnings) log.warn({}, warning);
  if (cacheProblem !== null) log.warn({ problem: cacheProblem }, 'Starting without a compile cache');
  const { settings } = config;
  if ((settings.unix_sock_rw_perms & 0o002) !== 0 && settings.auth_unix_rw === 'none')
    log.warn({}, 'unix_sock_rw_perms lets every user of this host control the daemon, which is as good as being root');
}
