import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Log } from '../../contract/log.ts';
import { hostPaths, type Paths } from '../../contract/paths.ts';
import { createNetworkDriver } from '../driver.ts';
import { LinuxNetworkHost } from '../host/linux-network-host.ts';

type Driver = ReturnType<typeof createNetworkDriver>;

const quiet = (): void => undefined;
const silent: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet };

/** A driver of networks with everything of its own below a temporary root, and its events in words. */
export class NetworkFixture {
  readonly paths: Paths = hostPaths(mkdtempSync(join(tmpdir(), 'lxvirtd-network-')));
  readonly events: string[] = [];
  driver: Driver;

  private constructor() {
    this.driver = this.#create();
  }

  static async start(t: ExecutionContext, prepare: (paths: Paths) => void = quiet): Promise<NetworkFixture> {
    const fixture = new NetworkFixture();
    prepare(fixture.paths);
    await fixture.driver.start();
    t.teardown(() => fixture.#remove());
    return fixture;
  }

  /** As after the daemon's restart. */
  async restart(): Promise<void> {
    await this.driver.close();
    this.driver = this.#create();
    await this.driver.start();
  }

  async #remove(): Promise<void> {
    for (const ref of this.driver.connectListAllNetworks(2)) await this.driver.networkDestroy(ref);
    rmSync(this.paths.root ?? '', { recursive: true, force: true });
  }

  #create(): Driver {
    const driver = createNetworkDriver({
      paths: this.paths,
      log: silent,
      host: new LinuxNetworkHost(this.paths, silent),
    });
    driver.networkEvents.subscribe(event =>
      this.events.push(
        event.kind === 'lifecycle'
          ? `${event.network.name} ${event.event}`
          : `${event.network.name} metadata ${event.type}`,
      ),
    );
    return driver;
  }
}
