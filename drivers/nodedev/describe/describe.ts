import type { Capability, CapabilityType, NodeDeviceDefinition } from '../../xml/node-device/definition.ts';
import type { HostDevice } from '../host/host-device.ts';
import { parseProperties, readUdevData } from '../host/udev-data.ts';
import type { Describe, HostFacts } from './facts.ts';
import { describeNet } from './net.ts';
import {
  describeApCard,
  describeApMatrix,
  describeApQueue,
  describeCcw,
  describeCss,
  describeDrm,
  describeMdev,
  describeVdpa,
} from './others.ts';
import { describePci } from './pci.ts';
import { describeScsi, describeScsiGeneric, describeScsiHost, describeScsiTarget } from './scsi.ts';
import { describeStorage } from './storage.ts';
import { describeSystem } from './system.ts';
import { describeUsbDevice, describeUsbInterface } from './usb.ts';

const descriptions: Readonly<Record<Exclude<CapabilityType, 'system'>, Describe<Capability>>> = {
  pci: describePci,
  usb_device: describeUsbDevice,
  usb: describeUsbInterface,
  net: describeNet,
  scsi_host: describeScsiHost,
  scsi_target: describeScsiTarget,
  scsi: describeScsi,
  storage: describeStorage,
  scsi_generic: describeScsiGeneric,
  drm: describeDrm,
  mdev: describeMdev,
  ccw: describeCcw,
  css: describeCss,
  vdpa: describeVdpa,
  ap_card: describeApCard,
  ap_queue: describeApQueue,
  ap_matrix: describeApMatrix,
};

/** All that is to be said of a device now. Null when it has gone in the meantime. */
export async function describeDevice(
  facts: HostFacts,
  device: HostDevice,
  parent: string | null,
): Promise<NodeDeviceDefinition | null> {
  const { path, devnode } = device;
  const udev = readUdevData(facts.tree, device.udevId);
  const capability =
    path === null || device.capability === 'system'
      ? describeSystem(facts)
      : await descriptions[device.capability](facts, { ...device, path }, udev);
  if (capability === null) return null;
  return {
    name: device.name,
    path,
    devnode,
    devlinks: devnode === null ? [] : udev.links,
    parent: parent === null ? null : { name: parent, wwnn: null, wwpn: null, fabricWwn: null },
    driver: path === null ? null : driverOf(facts, path),
    capability,
  };
}

const driverOf = ({ tree }: HostFacts, path: string): string | null =>
  parseProperties(tree.text(`${path}/uevent`) ?? '', '\n').get('DRIVER') ?? null;
