/** Devices that come, go and are made. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { assignableHost, fibreChannelHost, mdevHost, virtualAdapter } from './testing/fake-hosts.ts';
import { hostRoot, putEntry, recordedHost } from './testing/host-root.ts';
import { nodeDevices } from './testing/node-devices.ts';

const drive = '/sys/devices/pci0000:00/0000:00:06.0/virtio3/block/vda';
const link = '/sys/devices/virtual/net/veth0';

test('a device that goes is told, and is there no longer', async t => {
  const root = hostRoot(t, recordedHost('virtual-machine'));
  const { driver, uevents, told } = nodeDevices(t, { root });
  t.true((await driver.nodeListDevices(null, 0)).includes('block_vda_VBLKSERIAL1'));
  rmSync(join(root, drive), { recursive: true });
  uevents.put('remove', drive, 'block');
  t.false((await driver.nodeListDevices(null, 0)).includes('block_vda_VBLKSERIAL1'));
  t.deepEqual(told, ['block_vda_VBLKSERIAL1 deleted']);
  await t.throwsAsync(driver.nodeDeviceGetXmlDesc('block_vda_VBLKSERIAL1', 0), {
    message: "Node device not found: no node device with matching name 'block_vda_VBLKSERIAL1'",
  });
});

test('a device that changes is told once; one that became another is told as two', async t => {
  const root = hostRoot(t, recordedHost('virtual-machine'));
  const { driver, uevents, told } = nodeDevices(t, { root });
  await driver.nodeListDevices(null, 0);
  uevents.put('change', drive, 'block');
  await driver.nodeListDevices(null, 0);
  writeFileSync(join(root, '/run/udev/data/b254:0'), 'E:ID_SERIAL=OTHER\n');
  uevents.put('change', drive, 'block');
  await driver.nodeListDevices(null, 0);
  t.deepEqual(told, ['block_vda_VBLKSERIAL1 updated', 'block_vda_VBLKSERIAL1 deleted', 'block_vda_OTHER created']);
});

test('a link that is renamed is another device', async t => {
  const root = hostRoot(t, recordedHost('virtual-machine'));
  const { driver, uevents, told } = nodeDevices(t, { root });
  const [before = ''] = (await driver.nodeListDevices('net', 0)).filter(name => name.startsWith('net_veth0_'));
  const renamed = link.replace('veth0', 'other');
  renameSync(join(root, link), join(root, renamed));
  uevents.put('move', renamed, 'net', { DEVPATH_OLD: link.replace('/sys', '') });
  await driver.nodeListDevices(null, 0);
  t.deepEqual(told, [`${before} deleted`, `${before.replace('veth0', 'other')} created`]);
});

test('when events are lost the host is looked at anew', async t => {
  const root = hostRoot(t, recordedHost('virtual-machine'));
  const { driver, uevents, told } = nodeDevices(t, { root });
  const before = await driver.nodeListDevices(null, 0);
  rmSync(join(root, drive), { recursive: true });
  rmSync(join(root, '/sys/class/block/vda'));
  for (const entry of mdevHost) if (entry[0].includes('4b20d080')) putEntry(root, entry);
  uevents.lose();
  const after = await driver.nodeListDevices(null, 0);
  t.is(after.length, before.length);
  t.deepEqual(told, [
    'block_vda_VBLKSERIAL1 deleted',
    'mdev_4b20d080_1b54_4048_85b3_a6a62d165c01_0000_00_02_0 created',
  ]);
});

test('events of other things, and of places outside of sysfs, mean nothing', async t => {
  const { driver, uevents, told } = nodeDevices(t, { root: hostRoot(t, recordedHost('virtual-machine')) });
  const before = await driver.nodeListDevices(null, 0);
  uevents.put('remove', drive, 'queues');
  uevents.put('add', '/sys/devices/../../etc', 'block');
  uevents.put('remove', `${drive}/../vda`, 'block');
  uevents.put('add', '/sys/devices/nowhere', 'pci');
  t.deepEqual(await driver.nodeListDevices(null, 0), before);
  t.deepEqual(told, []);
});

const adapter = (parent: string, names: string): string =>
  `<device>${parent}<capability type='scsi_host'><capability type='fc_host'>${names}</capability></capability></device>`;
const names = '<wwnn>20000000c9831b4b</wwnn><wwpn>10000000c9831b4b</wwpn>';

for (const [how, parent] of [
  ['its name', '<parent>scsi_host5</parent>'],
  ['its world wide names', "<parent wwnn='20000000c9831b4a' wwpn='10000000c9831b4a'/>"],
  ['its fabric', "<parent fabric_wwn='2002000573de9a81'/>"],
  ['having room', ''],
] as const)
  test(`a virtual adapter is made on a real one that is found by ${how}, and goes again`, async t => {
    const root = hostRoot(t, fibreChannelHost);
    const { driver, uevents, told } = nodeDevices(t, { root });
    const making = driver.nodeDeviceCreateXml(adapter(parent, names), 0);
    // The kernel makes it once it was asked to.
    const asked = join(root, '/sys/class/fc_host/host5/vport_create');
    while (readFileSync(asked, 'utf8') === '') await new Promise(resolve => setTimeout(resolve, 5));
    t.is(readFileSync(asked, 'utf8'), '10000000c9831b4b:20000000c9831b4b');
    for (const entry of virtualAdapter.entries) putEntry(root, entry);
    uevents.put('add', virtualAdapter.path, 'scsi');
    t.deepEqual(await making, { name: 'scsi_host6' });
    t.deepEqual(told, ['scsi_host6 created']);
    t.is(await driver.nodeDeviceGetParent('scsi_host6'), 'scsi_host5');
    t.deepEqual(await driver.nodeDeviceLookupScsiHostByWwn('20000000C9831B4B', '10000000c9831b4b', 0), {
      name: 'scsi_host6',
    });
    await driver.nodeDeviceDestroy('scsi_host6');
    const deleted = join(root, '/sys/class/fc_host/host5/vport_delete');
    t.is(readFileSync(deleted, 'utf8'), '10000000c9831b4b:20000000c9831b4b');
  });

/** Documents that make nothing, and why. */
const refusals: readonly (readonly [xml: string, code: number, message: string])[] = [
  [adapter('<parent>scsi_host9</parent>', names), 1, "internal error: Could not find parent device for 'new device'"],
  [
    adapter("<parent wwnn='1'/>", names),
    27,
    "XML error: when providing parent wwnn='1', the wwpn must also be provided",
  ],
  [
    adapter('<parent>scsi_host5</parent>', '<wwnn>../x</wwnn><wwpn>10000000c9831b4b</wwpn>'),
    1,
    "internal error: '../x' is no world wide name",
  ],
  [
    "<device><parent>computer</parent><capability type='mdev'><type id='x'/></capability></device>",
    32,
    "failed to parse configuration file Unable to find address for parent device 'computer'",
  ],
  [
    "<device><parent>nobody</parent><capability type='mdev'><type id='x'/></capability></device>",
    67,
    "unsupported configuration: invalid parent device 'nobody'",
  ],
  [
    "<device><capability type='net'><interface>a</interface></capability></device>",
    67,
    'unsupported configuration: Unsupported device type',
  ],
  ["<device><capability type='net'/></device>", 1, "internal error: no network interface supplied for 'new device'"],
  ['<device/>', 1, "internal error: no device capabilities for 'new device'"],
  ["<device><capability type='vpd'/></device>", 1, "internal error: unknown capability type '21' for 'new device'"],
];

for (const [xml, code, message] of refusals)
  test(`${xml} is refused`, async t => {
    const { driver } = nodeDevices(t, { root: hostRoot(t, fibreChannelHost) });
    await t.throwsAsync(driver.nodeDeviceCreateXml(xml, 0), { code, message });
  });

for (const [what, type, attribute] of [
  ['type', '../../x', 'a'],
  ['attribute', 'x', '../../../../etc/passwd'],
] as const)
  test(`a mediated device whose ${what} is a path is refused`, async t => {
    const { driver } = nodeDevices(t, { root: hostRoot(t, mdevHost) });
    const body = `<type id='${type}'/><attr name='${attribute}' value='1'/>`;
    const xml = `<device><parent>pci_0000_00_02_0</parent><capability type='mdev'>${body}</capability></device>`;
    await t.throwsAsync(driver.nodeDeviceDefineXml(xml, 0), { code: 67, message: /is no name of a type or attribute/ });
  });

test('a PCI device that a driver of the host has is not reset, and one that is detached goes to vfio-pci', async t => {
  const root = hostRoot(t, assignableHost);
  const { driver } = nodeDevices(t, { root });
  const name = 'pci_0000_01_00_1';
  const says = (path: string): string => readFileSync(join(root, path), 'utf8');
  await t.throwsAsync(driver.nodeDeviceReset(name), { code: 55, message: /in use by the host's driver 'igbvf'/ });
  // Nothing here binds a driver, so the device ends with none: as on a host without an IOMMU.
  await t.throwsAsync(driver.nodeDeviceDetach(name, 'vfio', 0), { code: 1, message: /Failed to bind/ });
  t.true(says('/sys/devices/pci0000:00/0000:01:00.1/driver_override').startsWith('vfio-pci\n'));
  t.is(says('/sys/bus/pci/drivers/igbvf/unbind'), '0000:01:00.1');
  t.is(says('/sys/bus/pci/drivers_probe'), '0000:01:00.1');
  rmSync(join(root, '/sys/devices/pci0000:00/0000:01:00.1/driver'));
  await driver.nodeDeviceReset(name);
  t.is(says('/sys/devices/pci0000:00/0000:01:00.1/reset'), '1');
  await driver.nodeDeviceReAttach(name);
  t.true(says('/sys/devices/pci0000:00/0000:01:00.1/driver_override').startsWith('\n'));
});

test('what is no PCI device, and an unknown driver, are refused', async t => {
  const { driver } = nodeDevices(t, { root: hostRoot(t, assignableHost) });
  const noPciDevice = { code: 8, message: 'invalid argument: device computer is not a PCI device' };
  await t.throwsAsync(driver.nodeDeviceReset('computer'), noPciDevice);
  await t.throwsAsync(driver.nodeDeviceReAttach('computer'), noPciDevice);
  await t.throwsAsync(driver.nodeDeviceDetach('pci_0000_01_00_1', 'kvm', 0), {
    code: 8,
    message: /unknown driver name/,
  });
});
