import type { EventSource } from './events.ts';
import type { StoragePoolState } from './constants.ts';

/** What identifies a pool to clients. */
export interface PoolRef {
  readonly name: string;
  readonly uuid: string;
}

/** virStoragePoolInfo; figures in bytes. */
export interface PoolInfo {
  readonly state: StoragePoolState;
  readonly capacity: bigint;
  readonly allocation: bigint;
  readonly available: bigint;
}

/** What happened to a pool. */
export type StoragePoolEvent =
  | { readonly kind: 'lifecycle'; readonly pool: PoolRef; readonly event: number; readonly detail: number }
  | { readonly kind: 'refresh'; readonly pool: PoolRef };

/**
 * Storage pools. A pool is found by its UUID alone; every call with a reference throws noStoragePool when there is none.
 * Calls that change a pool wait for one another, queries wait for nothing. Errors are of the domain STORAGE.
 */
export interface StoragePools {
  readonly storagePoolEvents: EventSource<StoragePoolEvent>;

  connectNumOfStoragePools(): number;
  /** Names of active pools. */
  connectListStoragePools(): string[];
  connectNumOfDefinedStoragePools(): number;
  /** Names of inactive pools. */
  connectListDefinedStoragePools(): string[];
  /** `flags`: ConnectListAllStoragePoolsFlags. */
  connectListAllStoragePools(flags: number): PoolRef[];

  storagePoolLookupByName(name: string): PoolRef;
  storagePoolLookupByUuid(uuid: string): PoolRef;
  /** The active pool whose target is `path`, whatever its slashes. */
  storagePoolLookupByTargetPath(path: string): PoolRef;

  /**
   * Makes a persistent pool, or gives one that exists a new definition: it counts at once while the pool is inactive, and
   * after its next stop otherwise. Throws operationFailed for a name or UUID of another pool, and for a source or target
   * that another pool has. On return the definition is on disk.
   */
  storagePoolDefineXml(xml: string, flags: number): Promise<PoolRef>;
  /** Makes and starts a pool that is gone when it stops, or starts a defined one by its document; builds it first if asked. */
  storagePoolCreateXml(xml: string, flags: number): Promise<PoolRef>;
  /** Only an inactive pool. */
  storagePoolUndefine(pool: PoolRef): Promise<void>;

  storagePoolBuild(pool: PoolRef, flags: number): Promise<void>;
  storagePoolCreate(pool: PoolRef, flags: number): Promise<void>;
  storagePoolRefresh(pool: PoolRef, flags: number): Promise<void>;
  /** Stops it; nothing on the source is lost. A transient pool is gone then. */
  storagePoolDestroy(pool: PoolRef): Promise<void>;
  /** Removes what building made. Only an inactive pool. */
  storagePoolDelete(pool: PoolRef, flags: number): Promise<void>;

  storagePoolGetInfo(pool: PoolRef): PoolInfo;
  storagePoolGetXmlDesc(pool: PoolRef, flags: number): string;
  storagePoolIsActive(pool: PoolRef): boolean;
  storagePoolIsPersistent(pool: PoolRef): boolean;
  storagePoolGetAutostart(pool: PoolRef): boolean;
  storagePoolSetAutostart(pool: PoolRef, autostart: boolean): Promise<void>;

  /** A `<sources>` document; `srcSpec` is a `<source>` document that narrows the search. */
  connectFindStoragePoolSources(type: string, srcSpec: string | null, flags: number): Promise<string>;
  /** Of a connection to this driver alone: the document that lists the types of pools it runs. */
  connectGetCapabilities(): Promise<string>;
  connectGetStoragePoolCapabilities(flags: number): Promise<string>;
}
