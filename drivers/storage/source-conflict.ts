import type { PoolAdapter, PoolDefinition, PoolSource, PoolType } from '../xml/storage/pool-definition.ts';
import { failed } from './errors.ts';
import type { StoragePool } from './pool.ts';

type Test = (a: PoolDefinition, b: PoolDefinition) => boolean;

/** What makes two pools one in libvirt's eyes, by type. */
const same: Readonly<Record<PoolType, { readonly with: readonly PoolType[]; readonly test: Test }>> = (() => {
  const devices = { with: ['fs', 'logical', 'disk', 'zfs'] as const, test: bySource(sharesDevice) };
  const initiators = {
    with: ['iscsi', 'iscsi-direct'] as const,
    test: bySource(key(source => [source.hosts, paths(source), source.initiator])),
  };
  const named = bySource(key(({ hosts, name, directory }) => [hosts, name, directory]));
  return {
    dir: { with: ['dir'], test: (a, b) => a.target?.path === b.target?.path },
    fs: devices,
    logical: devices,
    disk: devices,
    zfs: devices,
    netfs: { with: ['netfs'], test: bySource(key(({ hosts, directory }) => [hosts, directory])) },
    iscsi: initiators,
    'iscsi-direct': initiators,
    scsi: { with: ['scsi'], test: bySource(key(({ adapter }) => adapterKey(adapter))) },
    mpath: { with: ['mpath'], test: () => true },
    rbd: { with: ['rbd'], test: named },
    sheepdog: { with: ['sheepdog'], test: named },
    gluster: { with: ['gluster'], test: named },
    vstorage: { with: ['vstorage'], test: named },
  };
})();

/** Throws operationFailed when another of the pools has the source of `definition`. */
export function refuseConflict(pools: Iterable<StoragePool>, definition: PoolDefinition): void {
  const { with: types, test } = same[definition.type];
  for (const pool of pools) {
    if (pool.uuid === definition.uuid) continue;
    const conflicts = types.includes(pool.definition.type) && test(pool.definition, definition);
    if (conflicts) throw failed(`Storage source conflict with pool: '${pool.name}'`);
  }
}

function bySource(test: (a: PoolSource, b: PoolSource) => boolean): Test {
  return (a, b) => test(a.source, b.source);
}

function key(of: (source: PoolSource) => unknown): (a: PoolSource, b: PoolSource) => boolean {
  return (a, b) => JSON.stringify(of(a)) === JSON.stringify(of(b));
}

const paths = ({ devices }: PoolSource): string[] => devices.map(({ path }) => path);

function sharesDevice(a: PoolSource, b: PoolSource): boolean {
  const others = new Set(paths(b));
  return paths(a).some(path => others.has(path));
}

/** "scsi_host0" and "host0" are one. */
const adapterKey = (adapter: PoolAdapter | null): unknown =>
  adapter !== null && 'name' in adapter ? adapter.name.replace(/^scsi_/, '') : adapter;
