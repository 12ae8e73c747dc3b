import { StoragePoolEventLifecycleType as Lifecycle } from '../contract/constants.ts';
import type { StoragePoolEvent } from '../contract/storage-pools.ts';
import type { StoragePool } from './pool.ts';

/** What can happen to a pool, by our names. */
const kinds = {
  defined: Lifecycle.DEFINED,
  undefined: Lifecycle.UNDEFINED,
  started: Lifecycle.STARTED,
  stopped: Lifecycle.STOPPED,
  built: Lifecycle.CREATED,
  deleted: Lifecycle.DELETED,
} as const;

export const lifecycleEvent = ({ ref }: StoragePool, kind: keyof typeof kinds): StoragePoolEvent => ({
  kind: 'lifecycle',
  pool: ref,
  event: kinds[kind],
  detail: 0,
});

export const refreshEvent = ({ ref }: StoragePool): StoragePoolEvent => ({ kind: 'refresh', pool: ref });
