import { EventChannel } from '../contract/event-channel.ts';
import type { NodeDeviceDriver, NodeDeviceEvent } from '../contract/node-device.ts';
import type { HostDevices, HostDevicesOptions } from './host-devices.ts';

/**
 * The driver, with code that is loaded by the first call: many hosts are never asked for their devices. It has no life of
 * its own.
 */
export function createNodeDeviceDriver(options: HostDevicesOptions): NodeDeviceDriver {
  const nodeDeviceEvents = new EventChannel<NodeDeviceEvent>();
  let open: HostDevices | null = null;
  const devices = async (): Promise<HostDevices> => {
    const { openHostDevices } = await import('./host-devices.ts');
    return (open ??= openHostDevices(options, event => nodeDeviceEvents.emit(event)));
  };
  return {
    nodeDeviceEvents,
    async start() {},
    async autostart() {},
    async reload() {},
    activeCount: () => 0,
    async close() {
      open?.close();
    },

    watchNodeDevices: async () => (await devices()).watchNodeDevices(),
    nodeNumOfDevices: async (capability, flags) => (await devices()).nodeNumOfDevices(capability, flags),
    nodeListDevices: async (capability, flags) => (await devices()).nodeListDevices(capability, flags),
    connectListAllNodeDevices: async flags => (await devices()).connectListAllNodeDevices(flags),
    nodeDeviceLookupByName: async name => (await devices()).nodeDeviceLookupByName(name),
    nodeDeviceLookupScsiHostByWwn: async (wwnn, wwpn, flags) =>
      (await devices()).nodeDeviceLookupScsiHostByWwn(wwnn, wwpn, flags),
    nodeDeviceGetXmlDesc: async (name, flags) => (await devices()).nodeDeviceGetXmlDesc(name, flags),
    nodeDeviceGetParent: async name => (await devices()).nodeDeviceGetParent(name),
    nodeDeviceListCaps: async name => (await devices()).nodeDeviceListCaps(name),
    nodeDeviceIsActive: async name => (await devices()).nodeDeviceIsActive(name),
    nodeDeviceIsPersistent: async name => (await devices()).nodeDeviceIsPersistent(name),
    nodeDeviceGetAutostart: async name => (await devices()).nodeDeviceGetAutostart(name),

    nodeDeviceCreateXml: async (xml, flags) => (await devices()).nodeDeviceCreateXml(xml, flags),
    nodeDeviceDestroy: async name => (await devices()).nodeDeviceDestroy(name),
    nodeDeviceDefineXml: async (xml, flags) => (await devices()).nodeDeviceDefineXml(xml, flags),
    nodeDeviceUndefine: async (name, flags) => (await devices()).nodeDeviceUndefine(name, flags),
    nodeDeviceCreate: async (name, flags) => (await devices()).nodeDeviceCreate(name, flags),
    nodeDeviceSetAutostart: async (name, autostart) => (await devices()).nodeDeviceSetAutostart(name, autostart),

    nodeDeviceDetach: async (name, driverName, flags) => (await devices()).nodeDeviceDetach(name, driverName, flags),
    nodeDeviceReAttach: async name => (await devices()).nodeDeviceReAttach(name),
    nodeDeviceReset: async name => (await devices()).nodeDeviceReset(name),
  };
}
