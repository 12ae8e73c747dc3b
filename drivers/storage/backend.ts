import type { PoolDefinition, PoolSource, PoolType } from '../xml/storage/pool-definition.ts';
import type { PoolContent, StoragePool } from './pool.ts';
import type { VolumeBackend } from './volume-backend.ts';

/** What a backend is told to do with what lies on the source already. Never both. */
export interface BuildWishes {
  /** Format, whatever there is. */
  readonly overwrite: boolean;
  /** Format, unless there is something. */
  readonly noOverwrite: boolean;
}

/**
 * How pools of one type are made, started and looked at. All calls but `check` are made while the driver holds the pool's
 * job, so no two of them overlap for one pool; none may wait without a limit of time. Each throws a LibvirtError of the
 * domain STORAGE. `definition` is what it is about, `pool.definition`.
 *
 * A backend has the calls that its type has in libvirt: what is absent is answered "pool does not support …".
 */
export interface PoolBackend {
  readonly type: PoolType;

  /** libvirt's own functions, by which its messages about unknown flags name the calls that check them. */
  readonly callers?: { readonly build?: string; readonly delete?: string; readonly findSources?: string };

  /**
   * Whether this host can run such a pool; null, or why not ("mount.nfs is not installed"). Asked when a pool is to be
   * started, so that a program that was installed meanwhile is found.
   */
  unavailable?(definition: PoolDefinition): string | null;

  /** Whether the source of the pool is there already, without the driver's doing: asked when the daemon starts. */
  check(definition: PoolDefinition): Promise<boolean>;

  /** Makes directories, file systems, volume groups, partition tables. The pool is inactive. */
  build?(definition: PoolDefinition, wishes: BuildWishes): Promise<void>;

  /** Mounts, activates, logs in. */
  start?(definition: PoolDefinition): Promise<void>;

  /**
   * Looks at all there is. A volume that cannot be read is left out, and never fails the others; an error means that the
   * pool itself is gone, and the driver stops it. The pool's old volumes are still there to be asked.
   */
  refresh(pool: StoragePool): Promise<PoolContent>;

  /** Undoes `start`. */
  stop?(definition: PoolDefinition): Promise<void>;

  /** Removes what `build` made. The pool is inactive. */
  delete?(definition: PoolDefinition): Promise<void>;

  /** What could become a pool; `spec` is the client's `<source>` document, or null. */
  findSources?(spec: string | null): Promise<readonly Partial<PoolSource>[]>;

  /** What its volumes can do; null: nothing at all. */
  readonly volumes: VolumeBackend | null;
}
