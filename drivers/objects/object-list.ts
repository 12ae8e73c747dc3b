/** What every object that clients manage has: a name and a UUID (lower case, with hyphens), both its own. */
export interface Named {
  readonly uuid: string;
  name: string;
}

/** The objects of one kind that a driver has, by each of their names. */
export class ObjectList<T extends Named> {
  readonly #byUuid = new Map<string, T>();
  readonly #byName = new Map<string, T>();

  get size(): number {
    return this.#byUuid.size;
  }

  /** The caller has made sure that neither name nor UUID is taken. */
  add(object: T): void {
    this.#byUuid.set(object.uuid, object);
    this.#byName.set(object.name, object);
  }

  remove(object: T): void {
    this.#byUuid.delete(object.uuid);
    this.#byName.delete(object.name);
  }

  /** The caller has made sure that the name is not taken. */
  rename(object: T, name: string): void {
    this.#byName.delete(object.name);
    object.name = name;
    this.#byName.set(name, object);
  }

  /** Whether this very object is still listed: it may have gone while a call waited for it. */
  has(object: T): boolean {
    return this.#byUuid.get(object.uuid) === object;
  }

  byUuid(uuid: string): T | undefined {
    return this.#byUuid.get(uuid);
  }

  byName(name: string): T | undefined {
    return this.#byName.get(name);
  }

  /** In the order they were added. */
  all(): IterableIterator<T> {
    return this.#byUuid.values();
  }
}
