import type { CapabilityType } from '../../xml/node-device/definition.ts';

/** The kernel's devices that libvirt knows, by their subsystem and, where that has more than one, by their type in it. */
export interface KindRow {
  readonly subsystem: string;
  /** Null for devices that have none. */
  readonly devtype: string | null;
  readonly capability: CapabilityType;
  /** Where sysfs lists the subsystem. */
  readonly directory: string;
}

const bus = (subsystem: string, devtype: string | null, capability: CapabilityType): KindRow => ({
  subsystem,
  devtype,
  capability,
  directory: `/sys/bus/${subsystem}/devices`,
});

const classOf = (subsystem: string, devtype: string | null, capability: CapabilityType): KindRow => ({
  subsystem,
  devtype,
  capability,
  directory: `/sys/class/${subsystem}`,
});

/** Parents before what is in them. Bridges, VLANs and other links with a type of their own are no devices of the host. */
export const kindRows: readonly KindRow[] = [
  bus('pci', null, 'pci'),
  bus('usb', 'usb_device', 'usb_device'),
  bus('usb', 'usb_interface', 'usb'),
  bus('scsi', 'scsi_host', 'scsi_host'),
  bus('scsi', 'scsi_target', 'scsi_target'),
  bus('scsi', 'scsi_device', 'scsi'),
  classOf('scsi_generic', null, 'scsi_generic'),
  classOf('block', 'disk', 'storage'),
  classOf('net', null, 'net'),
  classOf('net', 'wlan', 'net'),
  classOf('drm', 'drm_minor', 'drm'),
  bus('mdev', null, 'mdev'),
  bus('ccw', null, 'ccw'),
  bus('css', null, 'css'),
  bus('vdpa', null, 'vdpa'),
  bus('ap', 'ap_card', 'ap_card'),
  bus('ap', 'ap_queue', 'ap_queue'),
  { ...bus('matrix', 'vfio_ap', 'ap_matrix'), directory: '/sys/devices/vfio_ap' },
];

export const kindOf = (subsystem: string, devtype: string | null): CapabilityType | null =>
  kindRows.find(row => row.subsystem === subsystem && row.devtype === devtype)?.capability ?? null;
