import test from 'ava';
import { LibvirtError } from '../../contract/error.ts';
import { parseFree, parseTable } from './disk/partition-table.ts';
import { logicalVolumes } from './logical/logical-volumes.ts';
import { reportRows } from './logical/lvm-report.ts';
import { exportedDirectories } from './network-file-system.ts';
import { noTarget, type VolumeDefinition } from '../../xml/storage/volume-definition.ts';
import { createArguments } from './zfs/make-volumes.ts';
import { zfsVolumes } from './zfs/zfs-volumes.ts';

/** What programs say that need a kernel that is not here: the outputs are in the form of their manuals. */
const lvs = JSON.stringify({
  report: [
    {
      lv: [
        segment('one', 'aaaa-1', '', '/dev/sda1(0)', 8 << 20, '-wi-a-----'),
        segment('one', 'aaaa-1', '', '/dev/sda1(10)', 12 << 20, '-wi-a-----'),
        segment('snap', 'aaaa-2', 'one', '/dev/sda1(5)', 4 << 20, 'swi-a-s---'),
        segment('wide', 'aaaa-3', '', '/dev/sda1(20),/dev/sdb1(0)', 8 << 20, '-wi-------'),
        segment('pool', 'aaaa-4', '', 'pool_tdata(0)', 8 << 20, 'twi-aotz--'),
        segment('thin', 'aaaa-5', '', '', 8 << 20, 'Vwi-aotz--'),
      ],
    },
  ],
});

function segment(name: string, uuid: string, origin: string, devices: string, size: number, attributes: string) {
  return {
    lv_name: name,
    lv_uuid: uuid,
    origin,
    devices,
    seg_size: String(size),
    vg_extent_size: String(4 << 20),
    lv_size: String(name === 'one' ? 20 << 20 : size),
    lv_attr: attributes,
  };
}

test('logical volumes are put together from their segments', t => {
  const volumes = logicalVolumes(reportRows('lvs', lvs), '/dev/vg');
  t.deepEqual(
    volumes.map(({ name, key, path, definition }) => [name, key, path, definition.capacity, definition.allocation]),
    [
      ['one', 'aaaa-1', '/dev/vg/one', 20n << 20n, 20n << 20n],
      ['snap', 'aaaa-2', '/dev/vg/snap', 4n << 20n, 4n << 20n],
      ['wide', 'aaaa-3', '/dev/vg/wide', 8n << 20n, 8n << 20n],
      ['thin', 'aaaa-5', '/dev/vg/thin', 8n << 20n, 8n << 20n],
    ],
  );
  const [one, snap, wide] = volumes;
  t.deepEqual(one?.definition.extents, [
    { device: '/dev/sda1', start: 0n, end: 8n << 20n },
    { device: '/dev/sda1', start: 40n << 20n, end: 52n << 20n },
  ]);
  t.is(snap?.definition.backingStore?.path, '/dev/vg/one');
  t.deepEqual(
    wide?.definition.extents.map(({ device, start, end }) => [device, end - start]),
    [
      ['/dev/sda1', 4n << 20n],
      ['/dev/sdb1', 4n << 20n],
    ],
  );
});

test('what is no report is refused, what lacks fields has none', t => {
  t.throws(() => reportRows('lvs', 'WARNING: x'), {
    instanceOf: LibvirtError,
    message: /output of lvs cannot be read/,
  });
  for (const text of ['{}', '[]', 'null', '{"report":[{"lv":7}]}', '{"report":[{"lv":[null,3]}]}'])
    t.deepEqual(reportRows('lvs', text), [], text);
  t.deepEqual(logicalVolumes([{}], '/dev/vg'), []);
});

test('a partition table is read with its sectors as bytes', t => {
  const text = JSON.stringify({
    partitiontable: {
      label: 'dos',
      sectorsize: 4096,
      partitions: [{ node: '/dev/sda1', start: 256, size: 512, type: '83', bootable: true }],
    },
  });
  t.deepEqual(parseTable(text), {
    label: 'dos',
    sectorSize: 4096n,
    partitions: [{ node: '/dev/sda1', start: 1n << 20n, end: 3n << 20n, type: '83' }],
  });
  const gaps = 'Unpartitioned space /dev/sda: 1 MiB\n\n Start    End Sectors Size\n  2048   4095    2048 1048576\n';
  t.deepEqual(parseFree(gaps, 512n), [{ start: 1n << 20n, end: 2n << 20n }]);
});

test('volumes of ZFS are those directly in the pool', t => {
  const text = 'tank/vms/a\t1048576\t2097152\t4096\ntank/vms/thin\t1048576\tnone\t8192\nother/b\t1\t1\t1\n';
  t.deepEqual(
    zfsVolumes(text, 'tank/vms', '/dev/zvol/tank/vms').map(({ path, definition: { capacity, allocation } }) => [
      path,
      capacity,
      allocation,
    ]),
    [
      ['/dev/zvol/tank/vms/a', 1n << 20n, 2n << 20n],
      ['/dev/zvol/tank/vms/thin', 1n << 20n, 8192n],
    ],
  );
});

const zvol = (name: string, allocation: bigint | null): VolumeDefinition => ({
  name,
  key: null,
  type: 'block',
  capacity: 1_048_577n,
  allocation,
  physical: null,
  extents: [],
  target: noTarget,
  backingStore: null,
});

const made = (allocation: bigint | null): string => createArguments('tank/vms', zvol('a', allocation)).join(' ');

test('a volume of ZFS reserves what it is to have, and has a name that is one', t => {
  t.is(made(null), 'create -V 1025K tank/vms/a');
  t.is(made(0n), 'create -s -V 1025K tank/vms/a');
  t.is(made(4096n), 'create -s -o refreservation=4K -V 1025K tank/vms/a');
  for (const name of ['-r', 'a/b', 'a@b', '..', 'a b', ''])
    t.throws(() => createArguments('tank', zvol(name, null)), { message: /is no name of a ZFS volume/ });
});

test('what a server exports is found, whoever may have it', t => {
  t.deepEqual(exportedDirectories('/export/a 10.0.0.0/8\n/export/b *\n/export/with blank (everyone)\n/c\n\nnoise\n'), [
    '/export/a',
    '/export/b',
    '/export/with blank',
    '/c',
  ]);
});
