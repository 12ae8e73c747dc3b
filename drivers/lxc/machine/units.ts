import type { Bus } from '../../../native/dbus/bus.ts';
import { BusError } from '../../../native/dbus/bus.ts';
import type { Value } from '../../../native/dbus/value.ts';

const DESTINATION = 'org.freedesktop.systemd1';
const MANAGER = { destination: DESTINATION, path: '/org/freedesktop/systemd1', interface: `${DESTINATION}.Manager` };

/** How long systemd may take to start a scope, in ms. */
const START_LIMIT = 30_000;

/** A unit's property by name, type and value. */
export type UnitProperty = readonly [name: string, signature: string, value: Value];

/** The host's service manager: as much of it as there is to a scope. */
export class Units {
  readonly #bus: Bus;

  private constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** Throws BusError. */
  static async on(bus: Bus): Promise<Units> {
    await bus.match(`type='signal',sender='${DESTINATION}',interface='${MANAGER.interface}',member='JobRemoved'`);
    await bus.call({ ...MANAGER, member: 'Subscribe' });
    return new Units(bus);
  }

  /** Resolves once the unit is there. Throws BusError. */
  async start(unit: string, properties: readonly UnitProperty[]): Promise<void> {
    const list = properties.map(([name, signature, value]) => [name, { signature, value }]);
    const results = new Map<string, string>();
    const ended = Promise.withResolvers<undefined>();
    let job = '';
    const forget = this.#bus.onSignal(({ member, body: [, path, , result] }) => {
      // The end of a job may be told right behind the answer that names it.
      if (member === 'JobRemoved') results.set(text(path), text(result));
      if (text(path) === job) ended.resolve(undefined);
    });
    const timer = setTimeout(
      () => ended.reject(new BusError('', `systemd does not start ${unit} in time`)),
      START_LIMIT,
    );
    try {
      const body = [unit, 'fail', list, []];
      const call = { ...MANAGER, member: 'StartTransientUnit', signature: 'ssa(sv)a(sa(sv))', body };
      job = text((await this.#bus.call(call))[0]);
      if (!results.has(job)) await ended.promise;
      const result = results.get(job);
      if (result !== 'done') throw new BusError('', `systemd could not start ${unit}: ${result}`);
    } finally {
      clearTimeout(timer);
      forget();
    }
  }

  /** Below every hierarchy's mount point. Throws BusError. */
  async cgroupOf(scope: string): Promise<string> {
    const [path] = await this.#bus.call({ ...MANAGER, member: 'GetUnit', signature: 's', body: [scope] });
    const [group] = await this.#bus.call({
      destination: DESTINATION,
      path: text(path),
      interface: 'org.freedesktop.DBus.Properties',
      member: 'Get',
      signature: 'ss',
      body: [`${DESTINATION}.Scope`, 'ControlGroup'],
    });
    const value = typeof group === 'object' && 'signature' in group ? text(group.value) : '';
    if (!value.startsWith('/')) throw new BusError('', `${scope} has no cgroup`);
    return value;
  }

  /** One that is gone already is fine. Throws BusError. */
  async stop(unit: string): Promise<void> {
    await this.#bus
      .call({ ...MANAGER, member: 'StopUnit', signature: 'ss', body: [unit, 'fail'] })
      .catch((error: unknown) => {
        if (!(error instanceof BusError) || error.code !== `${DESTINATION}.NoSuchUnit`) throw error;
      });
  }
}

/** Empty for what is none: systemd sends what its interfaces say. */
const text = (value: Value | undefined): string => (typeof value === 'string' ? value : '');
