/** Devices that the machine of the recording does not have. */
import test from 'ava';
import { mdevHost, vitalProductData, zHost } from './testing/fake-hosts.ts';
import { hostRoot } from './testing/host-root.ts';
import { nodeDevices } from './testing/node-devices.ts';
import { parseVitalProductData } from './describe/vital-product-data.ts';

const documents: readonly (readonly [name: string, host: typeof mdevHost, xml: string])[] = [
  [
    'pci_0000_00_02_0',
    mdevHost,
    `<device>
  <name>pci_0000_00_02_0</name>
  <path>/sys/devices/pci0000:00/0000:00:02.0</path>
  <parent>computer</parent>
  <capability type='pci'>
    <class>0x030000</class>
    <domain>0</domain>
    <bus>0</bus>
    <slot>2</slot>
    <function>0</function>
    <product id='0x1912'/>
    <vendor id='0x8086'/>
    <capability type='mdev_types'>
      <type id='i915-GVTg_V5_4'>
        <name>GVTg_V5_4</name>
        <deviceAPI>vfio-pci</deviceAPI>
        <availableInstances>1</availableInstances>
      </type>
    </capability>
    <capability type='vpd'>
      <name>Fast NIC</name>
      <fields access='readonly'>
        <part_number>X-42</part_number>
        <serial_number>123</serial_number>
        <vendor_field index='1'>ab</vendor_field>
      </fields>
      <fields access='readwrite'>
        <asset_tag>tag</asset_tag>
        <system_field index='2'>x y</system_field>
      </fields>
    </capability>
    <numa node='1'/>
  </capability>
</device>
`,
  ],
  [
    'mdev_4b20d080_1b54_4048_85b3_a6a62d165c01_0000_00_02_0',
    mdevHost,
    `<device>
  <name>mdev_4b20d080_1b54_4048_85b3_a6a62d165c01_0000_00_02_0</name>
  <path>/sys/devices/pci0000:00/0000:00:02.0/4b20d080-1b54-4048-85b3-a6a62d165c01</path>
  <parent>pci_0000_00_02_0</parent>
  <driver>
    <name>vfio_mdev</name>
  </driver>
  <capability type='mdev'>
    <type id='i915-GVTg_V5_4'/>
    <uuid>4b20d080-1b54-4048-85b3-a6a62d165c01</uuid>
    <parent_addr>0000:00:02.0</parent_addr>
    <iommuGroup number='12'/>
  </capability>
</device>
`,
  ],
  [
    'css_0_0_0070',
    zHost,
    `<device>
  <name>css_0_0_0070</name>
  <path>/sys/devices/css0/0.0.0070</path>
  <parent>computer</parent>
  <driver>
    <name>io_subchannel</name>
  </driver>
  <capability type='css'>
    <cssid>0x0</cssid>
    <ssid>0x0</ssid>
    <devno>0x0070</devno>
    <channel_dev_addr>
      <cssid>0x0</cssid>
      <ssid>0x0</ssid>
      <devno>0x10b2</devno>
    </channel_dev_addr>
  </capability>
</device>
`,
  ],
  [
    'ap_02_001a',
    zHost,
    `<device>
  <name>ap_02_001a</name>
  <path>/sys/devices/ap/card02/02.001a</path>
  <parent>ap_card02</parent>
  <capability type='ap_queue'>
    <ap-adapter>0x02</ap-adapter>
    <ap-domain>0x001a</ap-domain>
  </capability>
</device>
`,
  ],
];

for (const [name, host, xml] of documents)
  test(`${name} is described with all that it has`, async t => {
    const { driver } = nodeDevices(t, { root: hostRoot(t, host) });
    t.is(await driver.nodeDeviceGetXmlDesc(name, 0), xml);
  });

test('a host of IBM Z has its channels, processors and their matrix', async t => {
  const { driver } = nodeDevices(t, { root: hostRoot(t, zHost) });
  t.deepEqual((await driver.nodeListDevices(null, 0)).toSorted(), [
    'ap_02_001a',
    'ap_card02',
    'ap_matrix',
    'ccw_0_0_10b2',
    'computer',
    'css_0_0_0070',
    'vdpa_vdpa0',
  ]);
  t.regex(await driver.nodeDeviceGetXmlDesc('vdpa_vdpa0', 0), /<chardev>\/dev\/vhost-vdpa-0</);
  t.is(await driver.nodeDeviceGetParent('ccw_0_0_10b2'), 'css_0_0_0070');
});

test('parents of mediated devices have the capability to make them, and vital product data is one', async t => {
  const { driver } = nodeDevices(t, { root: hostRoot(t, mdevHost) });
  t.deepEqual(await driver.nodeDeviceListCaps('pci_0000_00_02_0'), ['pci', 'mdev_types', 'vpd']);
  t.deepEqual(await driver.nodeListDevices('vpd', 0), ['pci_0000_00_02_0']);
  t.deepEqual(await driver.connectListAllNodeDevices(8192), [{ name: 'pci_0000_00_02_0' }]);
});

test('vital product data with a wrong checksum has no fields, and broken data is none', t => {
  const wrong = vitalProductData();
  wrong[12] = (wrong[12] ?? 0) ^ 1;
  t.is(parseVitalProductData(wrong)?.readOnly ?? null, null);
  for (let length = 0; length < vitalProductData().length; length++)
    t.is(parseVitalProductData(vitalProductData().subarray(0, length)), null);
});
