import { inOrder, type Drivers } from '../../drivers/contract/drivers.ts';
import type { DriversOptions } from '../../drivers/drivers.ts';
import type { Log } from '../../drivers/contract/log.ts';
import type { Paths } from '../../drivers/contract/paths.ts';
import { hostPaths } from '../../drivers/contract/paths.ts';
import { ServiceManager } from '../../native/ffi/systemd.ts';
import type { LogControl } from '../admin/administration.ts';
import { Audit } from '../audit/audit.ts';
import type { DaemonConfig } from '../config/daemon-config.ts';
import { loadDaemonConfig } from '../config/daemon-config.ts';
import type { LogSettings } from '../logging/logs.ts';
import { driversApart, type DaemonName } from '../served-daemons.ts';
import { formatOutputs } from '../logging/outputs.ts';
import { Logs } from '../logging/logs.ts';
import { logSettings } from '../logging/log-settings.ts';
import { hostLogSockets } from '../logging/sinks.ts';
import type { DaemonOptions } from './command-line.ts';
import { takePidFiles } from './pid-files.ts';
import { listen } from './listen.ts';
import { changesThatWait } from './reload.ts';
import { makeDirectories } from './directories.ts';
import { activatedSockets, type ActivatedSocket } from './activation.ts';
import { daemonsServed } from './endpoints.ts';

/** The program's name in syslog, the journal and messages. */
export const PROGRAM = 'lxvirtd';

export type DriversFactory = (options: DriversOptions) => Drivers;

export interface Launch {
  readonly options: DaemonOptions;
  readonly env: NodeJS.ProcessEnv;
  /** Started by --daemon. */
  readonly detached: boolean;
  readonly createDrivers: DriversFactory;
  /** Called when the daemon is to end by itself: it has been idle for long enough. */
  readonly expired: () => void;
}

/** A daemon from its configuration to its last client. Everything it holds is let go of in reverse order when it stops. */
export class Daemon {
  readonly #launch: Launch;
  readonly #paths: Paths;
  readonly #resources = new AsyncDisposableStack();
  readonly #manager: ServiceManager;
  readonly #logs: Logs;
  readonly #log: Log;
  #config: DaemonConfig;
  #drivers: Drivers | null = null;

  /** Throws ConfError, and what keeps a log from being opened. Nobody is served yet. */
  constructor(launch: Launch) {
    this.#launch = launch;
    this.#paths = hostPaths(launch.options.root);
    makeDirectories(this.#paths);
    this.#config = this.#readConfig();
    this.#logs = this.#resources.adopt(new Logs(PROGRAM, this.#logSettings(this.#config)), logs => logs.close());
    this.#log = this.#logs.logger('daemon');
    this.#manager = new ServiceManager(launch.env['NOTIFY_SOCKET']);
    delete launch.env['NOTIFY_SOCKET'];
  }

  /** Clients can connect once this resolves. Whatever keeps them from it is thrown, and nothing is left behind. */
  async start(): Promise<void> {
    try {
      reportSetup(this.#log, this.#config);
      const activated = activatedSockets(this.#launch.env);
      const daemons = daemonsServed(this.#config, activated);
      takePidFiles(this.#paths, daemons, this.#launch.options.pidFile, this.#resources);
      const drivers = await this.#startDrivers(daemons);
      await this.#listen(drivers, activated);
      this.#manager.ready('Serving clients');
      this.#log.info({}, 'Ready');
      void this.#autostart(drivers);
    } catch (error) {
      await this.#resources.disposeAsync();
      throw error;
    }
  }

  async #startDrivers(daemons: ReadonlySet<DaemonName>): Promise<Drivers> {
    const { hostUuid, lxc: settings } = this.#config;
    const logger = (name: string): Log => this.#logs.logger(name);
    const drivers = this.#launch.createDrivers({
      paths: this.#paths,
      logger,
      hostUuid,
      settings,
      audit: this.#startAudit(),
      apart: driversApart(daemons),
    });
    for (const driver of inOrder(drivers)) {
      this.#resources.defer(() => driver.close());
      await driver.start();
    }
    this.#drivers = drivers;
    return drivers;
  }

  /** A domain may need the network that starts before it. */
  async #autostart(drivers: Drivers): Promise<void> {
    for (const driver of inOrder(drivers))
      await driver.autostart().catch(error => this.#log.error({ err: error }, 'Cannot start what is marked for it'));
  }

  #startAudit(): Audit {
    try {
      const audit = new Audit(this.#config.settings, this.#logs.logger('audit'));
      this.#resources.defer(() => audit.close());
      return audit;
    } catch (cause) {
      throw new Error('Unable to initialize audit layer, which audit_level requires', { cause });
    }
  }

  async #listen(drivers: Drivers, activated: readonly ActivatedSocket[]): Promise<void> {
    const { options, expired } = this.#launch;
    await listen(
      {
        paths: this.#paths,
        config: this.#config,
        activated,
        drivers,
        logs: this.#logs,
        logControl: this.#logControl(),
        timeout: options.timeout,
        expired,
      },
      this.#resources,
    );
  }

  /** What virt-admin changes holds until the next reload; an empty text brings back what holds without configuration. */
  #logControl(): LogControl {
    const logs = this.#logs;
    const unconfigured = (): LogSettings => {
      const settings = { ...this.#config.settings, log_outputs: '' };
      return this.#logSettings({ ...this.#config, settings });
    };
    return {
      get filters() {
        return logs.filters;
      },
      get outputs() {
        return logs.outputs;
      },
      setFilters: text => logs.setFilters(text),
      setOutputs: text => logs.setOutputs(text === '' ? formatOutputs(unconfigured().outputs) : text),
    };
  }

  /**
   * SIGHUP: log settings and files anew, and definitions that appeared on disk. A configuration with a mistake changes
   * nothing.
   */
  async reload(): Promise<void> {
    this.#manager.reloading();
    try {
      const config = this.#readConfig();
      this.#logs.configure(this.#logSettings(config));
      for (const key of changesThatWait(this.#config.settings, config.settings))
        this.#log.warn({ key }, 'The new value takes effect when the daemon starts next');
      this.#config = config;
      if (this.#drivers !== null) for (const driver of inOrder(this.#drivers)) await driver.reload();
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

  #readConfig(): DaemonConfig {
    const { config, listen } = this.#launch.options;
    return loadDaemonConfig({ paths: this.#paths, file: config, listen });
  }

  #logSettings({ settings }: DaemonConfig): LogSettings {
    const { options, env, detached } = this.#launch;
    const { journald } = hostLogSockets;
    return logSettings(settings, { verbose: options.verbose, detached, directory: this.#paths.log, journald, env });
  }
}

/** What an administrator should know of how the daemon runs. */
function reportSetup(log: Log, { file, warnings, settings }: DaemonConfig): void {
  log.info({ config: file ?? 'none' }, 'Starting');
  for (const warning of warnings) log.warn({}, warning);
  if ((settings.unix_sock_rw_perms & 0o002) !== 0 && settings.auth_unix_rw === 'none')
    log.warn({}, 'unix_sock_rw_perms lets every user of this host control the daemon, which is as good as being root');
}
