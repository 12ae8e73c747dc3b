import { computer, COMPUTER, type HostDevice } from './host-device.ts';

/** The devices that there are, by their names and by their places. */
export class DeviceList {
  readonly #byName = new Map<string, HostDevice>([[COMPUTER, computer]]);
  readonly #byPath = new Map<string, HostDevice>();

  /** Puts a device in the place of the one that is there, which is returned when it had another name. */
  put(device: HostDevice): HostDevice | null {
    const { path } = device;
    const before = path === null ? undefined : this.#byPath.get(path);
    if (before !== undefined && before.name !== device.name) this.#byName.delete(before.name);
    const namesake = this.#byName.get(device.name);
    if (namesake?.path != null && namesake.path !== path) this.#byPath.delete(namesake.path);
    this.#byName.set(device.name, device);
    if (path !== null) this.#byPath.set(path, device);
    return before !== undefined && before.name !== device.name ? before : null;
  }

  removeAt(path: string): HostDevice | null {
    const device = this.#byPath.get(path);
    if (device === undefined) return null;
    this.#byPath.delete(path);
    this.#byName.delete(device.name);
    return device;
  }

  named(name: string): HostDevice | null {
    return this.#byName.get(name) ?? null;
  }

  at(path: string): HostDevice | null {
    return this.#byPath.get(path) ?? null;
  }

  all(): HostDevice[] {
    return [...this.#byName.values()];
  }

  get size(): number {
    return this.#byName.size;
  }

  /** The nearest device that it is part of: the host at last, which is part of nothing. */
  parentOf({ path }: HostDevice): string | null {
    if (path === null) return null;
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const parent = this.#byPath.get(path.slice(0, at));
      if (parent !== undefined) return parent.name;
    }
    return COMPUTER;
  }
}
