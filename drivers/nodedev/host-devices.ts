import { UeventSocket } from '../../native/ffi/uevent-socket.ts';
import { LinkFeatures } from '../../native/network/link-features.ts';
import type { Log } from '../contract/log.ts';
import type { NodeDeviceCalls, NodeDeviceEvent } from '../contract/node-device.ts';
import type { HostFacts } from './describe/facts.ts';
import { CurrentDevices, type UeventSource } from './devices/current-devices.ts';
import { EventPoll } from './devices/event-poll.ts';
import { Inventory } from './devices/inventory.ts';
import { HostTree } from './host/host-tree.ts';
import { IdList } from './host/id-names.ts';
import { MdevDefinitions } from './mdev/mdev-definitions.ts';
import { changes } from './operations/changes.ts';
import { pciAssignment } from './operations/pci-assignment.ts';
import { queries } from './operations/queries.ts';

export interface HostDevicesOptions {
  readonly log: Log;
  /** Lower case, with hyphens. */
  readonly hostUuid: string;
  /** Where /sys and /run/udev are; tests have their own. */
  readonly root?: string;
  readonly openUevents?: () => UeventSource;
  /** Where mdevctl writes. */
  readonly mdevDirectory?: string;
}

export interface HostDevices extends NodeDeviceCalls {
  close(): void;
}

/** The devices of the host, in sysfs's words and libvirt's. Nothing is kept on disk: what there is, is asked for. */
export function openHostDevices(options: HostDevicesOptions, emit: (event: NodeDeviceEvent) => void): HostDevices {
  const { log, root, openUevents = () => new UeventSocket(), mdevDirectory } = options;
  const tree = new HostTree(root);
  const devices = new CurrentDevices({ tree, openUevents, emit, log });
  const definitions = new MdevDefinitions(emit, log, mdevDirectory);
  const inventory = new Inventory(devices, definitions, hostFacts(tree, options));
  const poll = new EventPoll(
    () => inventory.refresh(),
    error => log.warn({ error }, 'Cannot look for devices that came or went'),
  );
  return {
    async watchNodeDevices() {
      await inventory.refresh();
      return poll.listen();
    },
    ...queries(tree, inventory),
    ...changes(tree, inventory),
    ...pciAssignment(tree, inventory),
    close() {
      poll.close();
      devices.close();
    },
  };
}

function hostFacts(tree: HostTree, { hostUuid }: HostDevicesOptions): HostFacts {
  const features = new LinkFeatures();
  return {
    tree,
    hostUuid,
    pciNames: new IdList(tree, 'pci.ids'),
    usbNames: new IdList(tree, 'usb.ids'),
    linkFeatures: name => features.of(name),
  };
}
