import type { DriverLife } from '../contract/driver-life.ts';
import type { OnDemand } from '../contract/on-demand.ts';

interface DriverSource<Driver> {
  /** Loads the code, and makes a driver that is not started yet. */
  load(): Promise<Driver>;
  /** Whether there is something on disk that the driver has to take over, or to start. */
  isNeeded(): boolean;
}

/** A driver that is loaded and started by whoever needs it first: many hosts have nothing for it to do. */
export class DriverOnDemand<Driver extends DriverLife> implements DriverLife {
  readonly #source: DriverSource<Driver>;
  #opening: Promise<Driver> | null = null;
  #opened: Driver | null = null;
  #autostarts = false;

  constructor(source: DriverSource<Driver>) {
    this.#source = source;
  }

  /** Null: nobody has needed it yet, so there is no object that it knows. */
  get opened(): Driver | null {
    return this.#opened;
  }

  /** What a failed start throws, it throws for the next caller again. */
  open(): Promise<Driver> {
    return (this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = null;
      throw error;
    }));
  }

  async #open(): Promise<Driver> {
    const driver = await this.#source.load();
    await driver.start();
    this.#opened = driver;
    if (this.#autostarts) await driver.autostart();
    return driver;
  }

  start = async (): Promise<void> => {
    if (this.#source.isNeeded()) await this.open();
  };

  autostart = async (): Promise<void> => {
    this.#autostarts = true;
    await this.#opened?.autostart();
  };

  reload = async (): Promise<void> => {
    if (this.#opening !== null) await (await this.open()).reload();
    else await this.start();
  };

  activeCount = (): number => this.#opened?.activeCount() ?? 0;

  close = async (): Promise<void> => {
    await (await this.#opening?.catch(() => null))?.close();
  };
}

/**
 * The driver as its callers have it: each call opens it first. `present` is what is there without it: its events, and
 * what others than clients ask of it.
 */
export function onDemand<Driver extends DriverLife, Present extends object>(
  driver: DriverOnDemand<Driver>,
  present: Present,
): OnDemand<Omit<Driver, keyof Present>> & Present {
  const { start, autostart, reload, activeCount, close } = driver;
  const parts: Present & DriverLife = { ...present, start, autostart, reload, activeCount, close };
  const whole = new Proxy(parts, {
    // What promises are told by: this is none.
    get: (parts, name) => (name in parts || name === 'then' ? Reflect.get(parts, name) : callOf(driver, name)),
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it has whatever it is asked for, and the driver has no less
  return whole as typeof whole & OnDemand<Omit<Driver, keyof Present>>;
}

const callOf =
  (source: DriverOnDemand<DriverLife>, name: string | symbol) =>
  async (...args: readonly unknown[]): Promise<unknown> => {
    const driver = await source.open();
    const call: unknown = Reflect.get(driver, name);
    if (typeof call !== 'function') throw new TypeError(`no driver has the call '${String(name)}'`);
    return await Reflect.apply(call, driver, args);
  };
