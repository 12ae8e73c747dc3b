import type { PoolRef } from '../contract/storage-pools.ts';
import type { PoolDefinition, PoolFigures } from '../xml/storage/pool-definition.ts';
import type { StorageVolume } from './volume.ts';
import { VolumeMap } from './volume-map.ts';

const nothing: PoolFigures = { capacity: 0n, allocation: 0n, available: 0n };

/** What a refresh finds. */
export interface PoolContent {
  readonly figures: PoolFigures;
  readonly volumes: readonly StorageVolume[];
  /** The definition with what only the host can tell: the target's rights, a disk's free extents. Clients see it. */
  readonly found?: PoolDefinition;
}

/** A pool as the driver knows it. Name and UUID never change. */
export class StoragePool {
  readonly name: string;
  readonly uuid: string;
  /** What it is made of now. */
  definition: PoolDefinition;
  /** What it will be made of once it has stopped; null: the same. Only an active pool has one. */
  nextDefinition: PoolDefinition | null = null;
  persistent: boolean;
  autostart = false;
  active = false;
  figures: PoolFigures = nothing;
  /** What clients see of `definition`. */
  shown: PoolDefinition;
  readonly volumes = new VolumeMap();
  /** Long operations on its volumes, which go on outside of the pool's job; see `withAsyncJob`. */
  asyncJobs = 0;

  constructor(definition: PoolDefinition, persistent: boolean) {
    this.name = definition.name;
    this.uuid = definition.uuid;
    this.definition = definition;
    this.shown = definition;
    this.persistent = persistent;
  }

  get ref(): PoolRef {
    return { name: this.name, uuid: this.uuid };
  }

  /** Everything at once: a query sees the old content or the new. */
  replaceContent({ figures, volumes, found }: PoolContent): void {
    this.shown = found ?? this.definition;
    this.figures = figures;
    this.volumes.clear();
    for (const volume of volumes) this.volumes.add(volume);
  }

  /** Gives it a new definition: at once, or after its next stop. */
  define(definition: PoolDefinition): void {
    if (this.active) {
      this.nextDefinition = definition;
      return;
    }
    this.definition = definition;
    this.shown = definition;
  }

  /** Makes it of `definition` until it stops. */
  startAs(definition: PoolDefinition): void {
    if (this.persistent) this.nextDefinition = this.definition;
    this.definition = definition;
    this.shown = definition;
  }

  /** The volumes of a pool that has stopped are unknown; what is to come takes the place of what was. */
  stopped(): void {
    this.active = false;
    this.volumes.clear();
    if (this.nextDefinition !== null) this.figures = nothing;
    this.definition = this.nextDefinition ?? this.definition;
    this.shown = this.definition;
    this.nextDefinition = null;
  }

  /** What the figures of the pool are once a volume of `bytes` has come (negative: gone), until the next refresh. */
  allocate(bytes: bigint): void {
    const { capacity, allocation, available } = this.figures;
    this.figures = { capacity, allocation: floor(allocation + bytes), available: floor(available - bytes) };
  }

  /** Work that takes long: the pool can be asked meanwhile, but is neither stopped nor refreshed nor deleted. */
  async withAsyncJob<T>(work: () => Promise<T>): Promise<T> {
    this.asyncJobs++;
    try {
      return await work();
    } finally {
      this.asyncJobs--;
    }
  }
}

const floor = (bytes: bigint): bigint => (bytes < 0n ? 0n : bytes);
