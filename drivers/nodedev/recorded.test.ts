/** A machine as libvirt saw it, and as this driver sees it: see testdata/README.md. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { HostRoot, hostRoot, recordedHost } from './testing/host-root.ts';
import { nodeDevices } from './testing/node-devices.ts';

const recorded = readFileSync(new URL('testdata/virtual-machine.xml', import.meta.url), 'utf8');
const expected = new Map(
  [...recorded.matchAll(/<device>\n {2}<name>([^<]*)<[^]*?\n<\/device>\n/g)].map(([xml, name = '']) => [name, xml]),
);

const machine = new HostRoot(recordedHost('virtual-machine'));
test.after.always(() => machine[Symbol.dispose]());

/** Where this driver means to differ. */
const differences: readonly (readonly [device: string, theirs: RegExp, ours: string])[] = [
  // The kernel counts in sectors of 512 bytes, whatever the drive's blocks are.
  ['block_sr0_0QEMU_QEMU_CD_ROM_CDSER', /<media_size>134217728</, '<media_size>33554432<'],
  ['block_sr0_0QEMU_QEMU_CD_ROM_CDSER', /<num_blocks>65536</, '<num_blocks>16384<'],
  // A speed of -1 is none.
  ['net_enp0s5_52_54_00_44_55_66', / speed='4294967295'/, ''],
  // What USB interfaces call themselves.
  [
    'usb_1_3_1_0',
    / {2}<\/capability>/,
    '    <description>QEMU USB Net Control Interface</description>\n  </capability>',
  ],
  ['usb_1_3_1_1', / {2}<\/capability>/, '    <description>QEMU USB Net Data Interface</description>\n  </capability>'],
];

/** Offloads are asked of a link that is there, and members of a group have no order. */
const comparable = (xml: string): string =>
  xml
    .replace(/ {4}<feature name='[^']*'\/>\n/g, '')
    .replace(/(<iommuGroup [^>]*>\n)([^]*?)( *<\/iommuGroup>)/g, (_all, open, members: string, close) =>
      [
        open,
        members
          .split('\n')
          .filter(Boolean)
          .sort()
          .map(line => `${line}\n`)
          .join(''),
        close,
      ].join(''),
    );

const wanted = (name: string): string =>
  differences
    .filter(([device]) => device === name)
    .reduce((xml, [, theirs, ours]) => xml.replace(theirs, ours), expected.get(name) ?? '');

test('a machine has the devices that libvirt finds, with its names', async t => {
  const { driver } = nodeDevices(t, { root: machine.path });
  const names = await driver.nodeListDevices(null, 0);
  t.deepEqual(names.toSorted(), [...expected.keys()].toSorted());
  t.is(await driver.nodeNumOfDevices(null, 0), names.length);
});

test('each device is described as libvirt describes it', async t => {
  const hostUuid = 'dffa76f9-3d59-4c5b-9036-2b48f57151a5';
  const { driver } = nodeDevices(t, { root: machine.path, hostUuid });
  for (const name of expected.keys())
    t.is(comparable(await driver.nodeDeviceGetXmlDesc(name, 0)), comparable(wanted(name)), name);
});

test('parents are those in the documents', async t => {
  const { driver } = nodeDevices(t, { root: machine.path });
  for (const [name, xml] of expected) {
    const [, parent = null] = /<parent>(.*)<\/parent>/.exec(xml) ?? [];
    t.is(await driver.nodeDeviceGetParent(name), parent, name);
  }
});

/** How many devices have a capability, and the flag that asks for those. */
const capabilities: readonly (readonly [name: string, flag: number, count: number])[] = [
  ['system', 1, 1],
  ['pci', 2, 19],
  ['usb_device', 4, 7],
  ['usb', 8, 8],
  ['net', 16, 10],
  ['scsi_host', 32, 10],
  ['scsi_target', 64, 7],
  ['scsi', 128, 7],
  ['storage', 256, 9],
  ['fc_host', 512, 1],
  ['vports', 1024, 1],
  ['scsi_generic', 2048, 7],
  ['drm', 4096, 3],
  ['mdev_types', 8192, 0],
  ['mdev', 16384, 0],
  ['vpd', 2097152, 0],
];

for (const [name, flag, count] of capabilities)
  test(`${count} devices of the machine have the capability ${name}`, async t => {
    const { driver } = nodeDevices(t, { root: machine.path });
    const names = await driver.nodeListDevices(name, 0);
    t.is(names.length, count);
    t.deepEqual(
      await driver.connectListAllNodeDevices(flag),
      names.map(name => ({ name })),
    );
    for (const device of names) t.true((await driver.nodeDeviceListCaps(device)).includes(name));
  });

test('without udev drives are known by what the kernel says of them', async t => {
  const entries = recordedHost('virtual-machine').filter(([path]) => !path.startsWith('/run/udev'));
  const { driver } = nodeDevices(t, { root: hostRoot(t, entries) });
  const drives = await driver.nodeListDevices('storage', 0);
  t.deepEqual(
    drives.toSorted(),
    ['nvme0n1', 'sda', 'sdb', 'sdc', 'sdd', 'sr0', 'sr1', 'sr2', 'vda'].map(name => `block_${name}`),
  );
  t.regex(await driver.nodeDeviceGetXmlDesc('block_sr0', 0), /<drive_type>cdrom</);
  t.regex(await driver.nodeDeviceGetXmlDesc('block_sr1', 0), /<media_available>0</);
  t.regex(await driver.nodeDeviceGetXmlDesc('block_sdb', 0), /<drive_type>disk<[^]*<size>33554432</);
});
