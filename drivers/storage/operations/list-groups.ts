import { ConnectListAllStoragePoolsFlags as List } from '../../contract/constants.ts';
import { not, type FlagGroup, type ListTest } from '../../objects/list-filter.ts';
import type { PoolType } from '../../xml/storage/pool-definition.ts';
import type { StoragePool } from '../pool.ts';

const active: ListTest<StoragePool> = pool => pool.active;
const persistent: ListTest<StoragePool> = pool => pool.persistent;
const autostart: ListTest<StoragePool> = pool => pool.autostart;
const ofType =
  (type: PoolType): ListTest<StoragePool> =>
  pool =>
    pool.definition.type === type;

/** virConnectListAllStoragePoolsFlags. */
export const listGroups: readonly FlagGroup<StoragePool>[] = [
  [
    [List.ACTIVE, active],
    [List.INACTIVE, not(active)],
  ],
  [
    [List.PERSISTENT, persistent],
    [List.TRANSIENT, not(persistent)],
  ],
  [
    [List.AUTOSTART, autostart],
    [List.NO_AUTOSTART, not(autostart)],
  ],
  [
    [List.DIR, ofType('dir')],
    [List.FS, ofType('fs')],
    [List.NETFS, ofType('netfs')],
    [List.LOGICAL, ofType('logical')],
    [List.DISK, ofType('disk')],
    [List.ISCSI, ofType('iscsi')],
    [List.SCSI, ofType('scsi')],
    [List.MPATH, ofType('mpath')],
    [List.RBD, ofType('rbd')],
    [List.SHEEPDOG, ofType('sheepdog')],
    [List.GLUSTER, ofType('gluster')],
    [List.ZFS, ofType('zfs')],
    [List.VSTORAGE, ofType('vstorage')],
    [List.ISCSI_DIRECT, ofType('iscsi-direct')],
  ],
];
