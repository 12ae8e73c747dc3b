import type { NodeDeviceDriver, NodeDeviceEvent } from '../../drivers/contract/node-device.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import { NODE_DEVICE_CAPS_LIST_MAX, NODE_DEVICE_LIST_MAX } from '../../protocol/programs/remote/limits.ts';
import type { nodeDeviceProcedures } from '../../protocol/programs/remote/node-device.ts';
import type { Call, ClientSession } from '../call.ts';
import type { ObjectEventRouter } from '../events/object-event-router.ts';
import { requireRoom } from './argument.ts';
import { wholeList } from './whole-list.ts';

/** The devices of the host, what is done with them, and their events. */
export function nodeDeviceHandlers(driver: NodeDeviceDriver, router: ObjectEventRouter<NodeDeviceEvent>) {
  const watching = new WeakSet<ClientSession>();
  /** Events come to a client from its first registration to its end. */
  const watch = async (client: ClientSession): Promise<void> => {
    const endWatch = await driver.watchNodeDevices();
    if (watching.has(client)) return endWatch();
    watching.add(client);
    client.onClose(endWatch);
  };
  return {
    nodeNumOfDevices: async (_call, { cap, flags }) => ({ num: await driver.nodeNumOfDevices(cap, flags) }),
    async nodeListDevices(_call, { cap, maxnames, flags }) {
      requireRoom('maxnames', maxnames, NODE_DEVICE_LIST_MAX, 'REMOTE_NODE_DEVICE_LIST_MAX');
      return { names: (await driver.nodeListDevices(cap, flags)).slice(0, maxnames) };
    },
    async connectListAllNodeDevices(_call, { needResults, flags }) {
      const all = await driver.connectListAllNodeDevices(flags);
      const { list: devices, ret } = wholeList('node devices', all, needResults, NODE_DEVICE_LIST_MAX);
      return { devices, ret };
    },
    nodeDeviceLookupByName: async (_call, { name }) => ({ dev: await driver.nodeDeviceLookupByName(name) }),
    nodeDeviceLookupScsiHostByWwn: async (_call, { wwnn, wwpn, flags }) => ({
      dev: await driver.nodeDeviceLookupScsiHostByWwn(wwnn, wwpn, flags),
    }),
    nodeDeviceGetXmlDesc: async (_call, { name, flags }) => ({ xml: await driver.nodeDeviceGetXmlDesc(name, flags) }),
    nodeDeviceGetParent: async (_call, { name }) => ({ parentName: await driver.nodeDeviceGetParent(name) }),
    nodeDeviceNumOfCaps: async (_call, { name }) => ({ num: (await driver.nodeDeviceListCaps(name)).length }),
    async nodeDeviceListCaps(_call, { name, maxnames }) {
      requireRoom('maxnames', maxnames, NODE_DEVICE_CAPS_LIST_MAX, 'REMOTE_NODE_DEVICE_CAPS_LIST_MAX');
      return { names: (await driver.nodeDeviceListCaps(name)).slice(0, maxnames) };
    },
    nodeDeviceIsActive: async (_call, { name }) => ({ active: Number(await driver.nodeDeviceIsActive(name)) }),
    nodeDeviceIsPersistent: async (_call, { name }) => ({
      persistent: Number(await driver.nodeDeviceIsPersistent(name)),
    }),
    nodeDeviceGetAutostart: async (_call, { name }) => ({
      autostart: Number(await driver.nodeDeviceGetAutostart(name)),
    }),

    nodeDeviceCreateXml: async (_call, { xmlDesc, flags }) => ({
      dev: await driver.nodeDeviceCreateXml(xmlDesc, flags),
    }),
    nodeDeviceDestroy: (_call, { name }) => driver.nodeDeviceDestroy(name),
    nodeDeviceDefineXml: async (_call, { xmlDesc, flags }) => ({
      dev: await driver.nodeDeviceDefineXml(xmlDesc, flags),
    }),
    nodeDeviceUndefine: (_call, { name, flags }) => driver.nodeDeviceUndefine(name, flags),
    nodeDeviceCreate: (_call, { name, flags }) => driver.nodeDeviceCreate(name, flags),
    nodeDeviceSetAutostart: (_call, { name, autostart }) => driver.nodeDeviceSetAutostart(name, autostart !== 0),

    nodeDeviceDettach: (_call, { name }) => driver.nodeDeviceDetach(name, null, 0),
    nodeDeviceDetachFlags: (_call, { name, driverName, flags }) => driver.nodeDeviceDetach(name, driverName, flags),
    nodeDeviceReAttach: (_call, { name }) => driver.nodeDeviceReAttach(name),
    nodeDeviceReset: (_call, { name }) => driver.nodeDeviceReset(name),

    async connectNodeDeviceEventRegisterAny({ client }, { eventID, dev }) {
      // First the devices that there are: an event tells what changes from then on.
      await watch(client);
      return { callbackID: router.register(client, eventID, dev?.name ?? null) };
    },
    connectNodeDeviceEventDeregisterAny: ({ client }, { callbackID }) => router.deregister(client, callbackID),
  } satisfies Handlers<typeof nodeDeviceProcedures, Call>;
}
