import type { HostEntry } from './host-root.ts';

const VPD = [
  // the name
  0x82,
  0x08,
  0x00,
  ...Buffer.from('Fast NIC'),
  // read-only fields, with a checksum that is put in below
  0x90,
  0x19,
  0x00,
  ...Buffer.from('PN\x04X-42SN\x03123V1\x02abRV\x04'),
  0,
  0,
  0,
  0,
  // those that can be written
  0x91,
  0x0c,
  0x00,
  ...Buffer.from('YA\x03tagY2\x03x y'),
  0x78,
];

/** Vital product data whose checksum fits. */
export function vitalProductData(): Buffer {
  const bytes = Buffer.from(VPD);
  const at = bytes.indexOf('RV') + 3;
  const sum = bytes.subarray(0, at).reduce((total, byte) => total + byte, 0);
  bytes[at] = (256 - (sum & 0xff)) & 0xff;
  return bytes;
}

/** A device of one subsystem, with what its files say. */
function device(path: string, subsystem: string, files: Readonly<Record<string, string>>): HostEntry[] {
  const name = path.split('/').at(-1) ?? '';
  return [
    [`${path}/subsystem`, 'link', `/bus/${subsystem}`],
    [`/sys/bus/${subsystem}/devices/${name}`, 'link', `../../..${path.replace('/sys', '')}`],
    ...Object.entries({ uevent: '', ...files }).map(([file, text]): HostEntry => [`${path}/${file}`, 'text', text]),
  ];
}

const gpu = '/sys/devices/pci0000:00/0000:00:02.0';
const uuid = '4b20d080-1b54-4048-85b3-a6a62d165c01';
const type = `${gpu}/mdev_supported_types/i915-GVTg_V5_4`;

/** A graphics device that makes mediated ones, and one of those. */
export const mdevHost: readonly HostEntry[] = [
  ...device(gpu, 'pci', { vendor: '0x8086\n', device: '0x1912\n', class: '0x030000\n', numa_node: '1\n' }),
  [`${gpu}/driver`, 'link', '../../../bus/pci/drivers/i915'],
  [`${type}/device_api`, 'text', 'vfio-pci\n'],
  [`${type}/available_instances`, 'text', '1\n'],
  [`${type}/name`, 'text', 'GVTg_V5_4\n'],
  [`${gpu}/vpd`, 'bytes', vitalProductData().toString('base64')],
  ...device(`${gpu}/${uuid}`, 'mdev', { uevent: 'DRIVER=vfio_mdev\n' }),
  [`${gpu}/${uuid}/mdev_type`, 'link', '../mdev_supported_types/i915-GVTg_V5_4'],
  [`${gpu}/${uuid}/iommu_group`, 'link', '../../../../kernel/iommu_groups/12'],
];

const card = '/sys/devices/css0/0.0.0070';

/** A little of an IBM Z: a subchannel with its disk, and adjunct processors. */
export const zHost: readonly HostEntry[] = [
  ...device(card, 'css', { dev_busid: '0.0.10b2\n', uevent: 'DRIVER=io_subchannel\n' }),
  ...device(`${card}/0.0.10b2`, 'ccw', { uevent: 'DRIVER=dasd-eckd\n' }),
  ...device('/sys/devices/ap/card02', 'ap', { uevent: 'DEVTYPE=ap_card\n' }),
  ...device('/sys/devices/ap/card02/02.001a', 'ap', { uevent: 'DEVTYPE=ap_queue\n' }),
  ['/sys/devices/vfio_ap/matrix/subsystem', 'link', '/bus/matrix'],
  ['/sys/devices/vfio_ap/matrix/uevent', 'text', 'DEVTYPE=vfio_ap\n'],
  ...device('/sys/devices/vdpa0', 'vdpa', {}),
  ['/sys/devices/vdpa0/vhost-vdpa-0'],
];

const host = '/sys/devices/pci0000:00/0000:00:03.0/host5';

/** A Fibre Channel adapter that can have virtual ones. */
export const fibreChannelHost: readonly HostEntry[] = [
  ...device(host, 'scsi', { uevent: 'DEVTYPE=scsi_host\n' }),
  ...adapterNames('host5', '20000000c9831b4a', '10000000c9831b4a'),
  ['/sys/class/fc_host/host5/fabric_name', 'text', '0x2002000573de9a81\n'],
  ['/sys/class/fc_host/host5/max_npiv_vports', 'text', '127\n'],
  ['/sys/class/fc_host/host5/npiv_vports_inuse', 'text', '0\n'],
  ['/sys/class/fc_host/host5/vport_create', 'text', ''],
  ['/sys/class/fc_host/host5/vport_delete', 'text', ''],
];

function adapterNames(name: string, wwnn: string, wwpn: string): HostEntry[] {
  return [
    [`/sys/class/fc_host/${name}/node_name`, 'text', `0x${wwnn}\n`],
    [`/sys/class/fc_host/${name}/port_name`, 'text', `0x${wwpn}\n`],
  ];
}

/** What appears when a virtual adapter has been made on it. */
export const virtualAdapter = {
  path: `${host}/vport-5:0-0/host6`,
  entries: [
    ...device(`${host}/vport-5:0-0/host6`, 'scsi', { uevent: 'DEVTYPE=scsi_host\n' }),
    ...adapterNames('host6', '20000000c9831b4b', '10000000c9831b4b'),
  ],
} as const;

const function1 = '/sys/devices/pci0000:00/0000:01:00.1';

/** A PCI device with a driver of the host, on a host that has vfio-pci. */
export const assignableHost: readonly HostEntry[] = [
  ...device(function1, 'pci', { vendor: '0x8086\n', device: '0x1520\n', driver_override: '(null)\n', reset: '' }),
  ['/sys/bus/pci/drivers/igbvf/unbind', 'text', ''],
  ['/sys/bus/pci/drivers/vfio-pci/unbind', 'text', ''],
  ['/sys/bus/pci/drivers_probe', 'text', ''],
  [`${function1}/driver`, 'link', '../../../bus/pci/drivers/igbvf'],
];
