import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DomainRef } from '../../contract/domain.ts';
import type { DomainEvent } from '../../contract/events.ts';
import type { Caller } from '../../contract/hypervisor.ts';
import type { Log } from '../../contract/log.ts';
import { hostPaths, type Paths } from '../../contract/paths.ts';
import { removeCgroups } from '../../../native/cgroup/create.ts';
import { detectHierarchies } from '../../../native/cgroup/hierarchies.ts';
import { createLxcDriver, type LxcDriverOptions, type LxcDriver } from '../driver.ts';

const DEADLINE = 30_000;
const PAUSE = 5;

const quiet = (): void => undefined;

/** Waits for something that is not told, for a generous while. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + DEADLINE; !(await holds()); await sleep(PAUSE))
    if (Date.now() > deadline) throw new Error(`Not within ${DEADLINE} ms: ${what}`);
}

/** A client that stays until it is told to leave. */
export class TestCaller implements Caller {
  readonly readOnly = false;
  readonly #actions = new Set<() => void>();

  onClose(action: () => void): () => void {
    this.#actions.add(action);
    return () => this.#actions.delete(action);
  }

  leave(): void {
    for (const action of this.#actions) action();
    this.#actions.clear();
  }
}

/** A driver with everything of its own below a temporary root, and what it says. */
export class DriverFixture {
  readonly paths: Paths;
  readonly caller = new TestCaller();
  readonly events: DomainEvent[] = [];
  /** Messages of level warn and error. */
  readonly complaints: string[] = [];
  driver: LxcDriver;

  readonly #options: Partial<LxcDriverOptions>;

  private constructor(options: Partial<LxcDriverOptions>) {
    this.#options = options;
    this.paths = hostPaths(mkdtempSync(join(tmpdir(), 'lxvirtd-driver-')));
    this.driver = this.#create();
  }

  static async start(
    prepare: (paths: Paths) => void = () => undefined,
    options: Partial<LxcDriverOptions> = {},
  ): Promise<DriverFixture> {
    const fixture = new DriverFixture(options);
    prepare(fixture.paths);
    await fixture.driver.start();
    return fixture;
  }

  /** As after the daemon's restart: the old driver leaves, a new one takes over. */
  async restart(meanwhile: () => void | Promise<void> = () => undefined): Promise<void> {
    await this.driver.close();
    await meanwhile();
    this.driver = this.#create();
    await this.driver.start();
  }

  /** The lifecycle events of a domain since the last call, as "event.detail"; a reboot is "reboot". */
  takeEvents(name: string): string[] {
    const mine = this.events.filter(({ domain }) => domain.name === name);
    this.events.splice(0, this.events.length, ...this.events.filter(event => !mine.includes(event)));
    return mine.map(event => (event.kind === 'lifecycle' ? `${event.event}.${event.detail}` : event.kind));
  }

  file(area: 'etc' | 'run' | 'log', ...names: string[]): string {
    return join(this.paths[area], 'lxc', ...names);
  }

  start(ref: DomainRef): Promise<DomainRef> {
    return this.driver.domainCreateWithFlags(this.caller, ref, [], 0);
  }

  /** Ends every container, and removes all that there is on disk and in cgroups. */
  async remove(): Promise<void> {
    for (const ref of this.driver.connectListAllDomains(1)) await this.driver.domainDestroyFlags(ref, 0);
    await this.driver.close();
    removeCgroups(detectHierarchies(), this.paths.cgroupParent);
    rmSync(this.paths.root ?? '', { recursive: true, force: true });
  }

  #create(): LxcDriver {
    const complain = (facts: object, message: string): void => {
      const error = 'error' in facts && facts.error instanceof Error ? `: ${facts.error.message}` : '';
      this.complaints.push(`${message}${error}`);
    };
    const log: Log = { debug: quiet, info: quiet, warn: complain, error: complain };
    const hostUuid = '5f1d2c7e-8a04-4b57-9d7f-0c6a3c1be0aa';
    const driver = createLxcDriver({ paths: this.paths, log, hostUuid, ...this.#options });
    driver.domainEvents.subscribe(event => this.events.push(event));
    return driver;
  }
}
