import type { StorageVolume } from './volume.ts';

/** A pool's volumes by each of their names, in the order in which they came. */
export class VolumeMap {
  readonly #byName = new Map<string, StorageVolume>();
  /** Those whose key is not their path. */
  readonly #byKey = new Map<string, StorageVolume>();
  readonly #byPath = new Map<string, StorageVolume>();

  get size(): number {
    return this.#byName.size;
  }

  /** A volume of the same name is replaced. */
  add(volume: StorageVolume): void {
    const known = this.#byName.get(volume.name);
    if (known !== undefined) this.remove(known);
    this.#byName.set(volume.name, volume);
    if (volume.key !== volume.path) this.#byKey.set(volume.key, volume);
    this.#byPath.set(volume.path, volume);
  }

  remove(volume: StorageVolume): void {
    forget(this.#byName, volume.name, volume);
    forget(this.#byKey, volume.key, volume);
    forget(this.#byPath, volume.path, volume);
  }

  clear(): void {
    this.#byName.clear();
    this.#byKey.clear();
    this.#byPath.clear();
  }

  byName(name: string): StorageVolume | undefined {
    return this.#byName.get(name);
  }

  byKey(key: string): StorageVolume | undefined {
    const known = this.#byKey.get(key) ?? this.#byPath.get(key);
    return known?.key === key ? known : undefined;
  }

  byPath(path: string): StorageVolume | undefined {
    return this.#byPath.get(path);
  }

  all(): IterableIterator<StorageVolume> {
    return this.#byName.values();
  }
}

/** Two volumes can have one path (hard names of one device): the other keeps it. */
function forget(index: Map<string, StorageVolume>, name: string, volume: StorageVolume): void {
  if (index.get(name) === volume) index.delete(name);
}
