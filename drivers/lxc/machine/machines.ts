import { existsSync } from 'node:fs';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { Log } from '../../contract/log.ts';
import type { Paths } from '../../contract/paths.ts';
import { Bus } from '../../../native/dbus/bus.ts';
import type { Cgroup } from '../../../native/cgroup/cgroup.ts';
import { enterCgroup } from '../../../native/cgroup/create.ts';
import type { Hierarchies } from '../../../native/cgroup/hierarchies.ts';
import { SCOPE_PART } from '../../../native/cgroup/location.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import { Holder } from './holder.ts';
import { isNotThere, registerMachine } from './machined.ts';
import { machineName, scopeName, sliceName } from './names.ts';
import { Units, type UnitProperty } from './units.ts';

/** Where systemd is the host's init. */
const SYSTEMD = '/run/systemd/system';

const SIGKILL = 9;

interface Connection {
  readonly bus: Bus;
  readonly units: Units;
}

/** A unit of systemd's in which a container is to be born. */
export interface MachineScope {
  readonly machine: string;
  /** The container's part of the scope's cgroup: limits written there are not systemd's to change. */
  readonly cgroupPath: string;
  /** Makes way for the container's cgroup, which has just been made, to have limits. */
  enter(): Promise<void>;
  /** The container is there: the scope lasts as long as it does. */
  release(): void;
  /** There will be none. */
  abandon(): Promise<void>;
}

/** Containers as units and machines of a host that systemd runs. Elsewhere, and below a root of its own, there is nothing of it. */
export class Machines {
  readonly #log: Log;
  readonly #hierarchies: Hierarchies;
  readonly #isWanted: boolean;
  #connection: Promise<Connection | null> = Promise.resolve(null);

  constructor(paths: Paths, hierarchies: Hierarchies, log: Log) {
    this.#log = log;
    this.#hierarchies = hierarchies;
    this.#isWanted = paths.root === null && existsSync(SYSTEMD);
  }

  /** Null where cgroups are made directly. Throws internalError when systemd refuses. */
  async open(definition: DomainDefinition): Promise<MachineScope | null> {
    const connection = this.#isWanted ? await this.#connect() : null;
    if (connection === null) return null;
    const holder = new Holder();
    try {
      return await this.#scope(connection.units, holder, definition);
    } catch (cause) {
      holder.release();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw errors.internalError(`systemd does not take the container: ${reason}`, ErrorDomain.SYSTEMD, { cause });
    }
  }

  /** Tells systemd-machined of a container in its scope. A host without that service is none the worse. */
  async register(scope: MachineScope, definition: DomainDefinition, leader: number): Promise<void> {
    const root = definition.devices.filesystems.find(({ target, type }) => target === '/' && type === 'mount');
    const facts = { name: scope.machine, uuid: definition.uuid, leader, root: root?.source ?? '' };
    try {
      const connection = await this.#connect();
      if (connection !== null) await registerMachine(connection.bus, facts);
    } catch (error) {
      if (!isNotThere(error))
        this.#log.warn({ domain: definition.name, error }, 'A container is not known to systemd-machined');
    }
  }

  /** Has systemd let go of the scope of a container that has ended; it does so by itself unless it has missed the end. */
  async close(cgroup: Cgroup): Promise<void> {
    const unit = cgroup.path.endsWith(SCOPE_PART)
      ? cgroup.path.slice(0, -SCOPE_PART.length).split('/').at(-1)
      : undefined;
    if (unit === undefined || !this.#isWanted) return;
    const connection = await this.#connect();
    await connection?.units.stop(unit);
  }

  async disconnect(): Promise<void> {
    (await this.#connection)?.bus.close();
  }

  async #scope(units: Units, holder: Holder, { name, partition }: DomainDefinition): Promise<MachineScope> {
    const machine = machineName(holder.pid, name);
    const unit = scopeName(machine);
    await units.start(unit, scopeProperties(holder.pid, machine, partition ?? '/machine'));
    const cgroupPath = `${await units.cgroupOf(unit)}${SCOPE_PART}`;
    return {
      machine,
      cgroupPath,
      enter: () => enterCgroup(this.#hierarchies, cgroupPath, holder.pid),
      release: () => holder.release(),
      async abandon() {
        holder.release();
        await units.stop(unit);
      },
    };
  }

  /** Null when there is no bus: a host in rescue mode, say. Calls side by side share what the first of them opens. */
  #connect(): Promise<Connection | null> {
    this.#connection = this.#reopened(this.#connection);
    return this.#connection;
  }

  async #reopened(before: Promise<Connection | null>): Promise<Connection | null> {
    const current = await before;
    if (current?.bus.isOpen === true) return current;
    try {
      return await openConnection();
    } catch (error) {
      this.#log.warn({ error }, 'systemd cannot be reached');
      return null;
    }
  }
}

async function openConnection(): Promise<Connection> {
  const bus = await Bus.open();
  try {
    return { bus, units: await Units.on(bus) };
  } catch (error) {
    bus.close();
    throw error;
  }
}

function scopeProperties(pid: number, machine: string, partition: string): UnitProperty[] {
  return [
    ['Description', 's', `Container ${machine}`],
    ['Slice', 's', sliceName(partition)],
    ['PIDs', 'au', [pid]],
    ['Delegate', 'b', true],
    // "machinectl terminate" is to end a container at once; of SIGTERM some kinds of init reboot.
    ['KillSignal', 'i', SIGKILL],
    ['CollectMode', 's', 'inactive-or-failed'],
  ];
}
