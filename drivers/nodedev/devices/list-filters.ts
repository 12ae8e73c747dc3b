import { ConnectListAllNodeDeviceFlags as Flag } from '../../contract/constants.ts';
import type { FlagGroup } from '../../objects/list-filter.ts';

/** What decides whether a device is listed. */
export interface ListedDevice {
  readonly name: string;
  readonly capabilities: readonly string[];
  readonly active: boolean;
}

const capabilityFlags: readonly (readonly [flag: number, capability: string])[] = [
  [Flag.CAP_SYSTEM, 'system'],
  [Flag.CAP_PCI_DEV, 'pci'],
  [Flag.CAP_USB_DEV, 'usb_device'],
  [Flag.CAP_USB_INTERFACE, 'usb'],
  [Flag.CAP_NET, 'net'],
  [Flag.CAP_SCSI_HOST, 'scsi_host'],
  [Flag.CAP_SCSI_TARGET, 'scsi_target'],
  [Flag.CAP_SCSI, 'scsi'],
  [Flag.CAP_STORAGE, 'storage'],
  [Flag.CAP_FC_HOST, 'fc_host'],
  [Flag.CAP_VPORTS, 'vports'],
  [Flag.CAP_SCSI_GENERIC, 'scsi_generic'],
  [Flag.CAP_DRM, 'drm'],
  [Flag.CAP_MDEV_TYPES, 'mdev_types'],
  [Flag.CAP_MDEV, 'mdev'],
  [Flag.CAP_CCW_DEV, 'ccw'],
  [Flag.CAP_CSS_DEV, 'css'],
  [Flag.CAP_VDPA, 'vdpa'],
  [Flag.CAP_AP_CARD, 'ap_card'],
  [Flag.CAP_AP_QUEUE, 'ap_queue'],
  [Flag.CAP_AP_MATRIX, 'ap_matrix'],
  [Flag.CAP_VPD, 'vpd'],
];

export const nodeDeviceFlagGroups: readonly FlagGroup<ListedDevice>[] = [
  capabilityFlags.map(([flag, capability]) => [flag, device => device.capabilities.includes(capability)]),
  [
    [Flag.ACTIVE, device => device.active],
    [Flag.INACTIVE, device => !device.active],
  ],
];

/** Flags that only a look into the devices can answer. */
export const innerFlags = Flag.CAP_FC_HOST | Flag.CAP_VPORTS | Flag.CAP_MDEV_TYPES | Flag.CAP_VPD;
