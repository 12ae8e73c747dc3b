import { BusError, type Bus } from '../../../native/dbus/bus.ts';

const DESTINATION = 'org.freedesktop.machine1';

/** What systemd-machined is told of a container. */
export interface MachineFacts {
  readonly name: string;
  readonly uuid: string;
  /** The container's init: its cgroup is in a unit already. */
  readonly leader: number;
  /** On the host; empty where it has none of its own. */
  readonly root: string;
}

/** Says what kind of failure it is not to have that service at all. */
export function isNotThere(error: unknown): boolean {
  return (
    error instanceof BusError && /^org\.freedesktop\.DBus\.Error\.(ServiceUnknown|NameHasNoOwner)$/.test(error.code)
  );
}

/** Makes a container known to `machinectl`. It is forgotten with its unit. Throws BusError. */
export async function registerMachine(bus: Bus, { name, uuid, leader, root }: MachineFacts): Promise<void> {
  const id = [...Buffer.from(uuid.replaceAll('-', ''), 'hex')];
  await bus.call({
    destination: DESTINATION,
    path: '/org/freedesktop/machine1',
    interface: `${DESTINATION}.Manager`,
    member: 'RegisterMachine',
    signature: 'sayssus',
    body: [name, id, 'libvirt-lxc', 'container', leader, root],
  });
}
