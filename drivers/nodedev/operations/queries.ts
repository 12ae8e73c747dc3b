import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { NodeDeviceQueries, NodeDeviceRef } from '../../contract/node-device.ts';
import { flagsOf, listFilter } from '../../objects/list-filter.ts';
import { formatNodeDevice } from '../../xml/node-device/format.ts';
import { findByNames } from '../changes/vport-changes.ts';
import { capabilitiesOf, innerCapabilities } from '../devices/capabilities-of.ts';
import { isPersistent, type Inventory } from '../devices/inventory.ts';
import { innerFlags, nodeDeviceFlagGroups, type ListedDevice } from '../devices/list-filters.ts';
import type { HostTree } from '../host/host-tree.ts';

/** What there is, and what it is. */
export function queries(tree: HostTree, inventory: Inventory): NodeDeviceQueries {
  /** `inner`: with the capabilities inside of others, for which devices are looked at. */
  const list = async (inner: boolean): Promise<ListedDevice[]> => {
    const listed: ListedDevice[] = [];
    for (const device of await inventory.all()) {
      const capabilities = inner ? await capabilitiesOf(tree, device) : [device.capability];
      listed.push({ name: device.name, capabilities, active: device.host !== null });
    }
    return listed;
  };
  const having = async (capability: string | null): Promise<ListedDevice[]> => {
    const listed = await list(capability !== null && innerCapabilities.has(capability));
    return capability === null ? listed : listed.filter(({ capabilities }) => capabilities.includes(capability));
  };
  return {
    async nodeNumOfDevices(capability, flags) {
      checkFlags(flags, 0, 'nodeNumOfDevices', ErrorDomain.NODEDEV);
      return (await having(capability)).length;
    },

    async nodeListDevices(capability, flags) {
      checkFlags(flags, 0, 'nodeListDevices', ErrorDomain.NODEDEV);
      return (await having(capability)).map(({ name }) => name);
    },

    async connectListAllNodeDevices(flags) {
      checkFlags(flags, flagsOf(nodeDeviceFlagGroups), 'nodeConnectListAllNodeDevices', ErrorDomain.NODEDEV);
      const listed = await list((flags & innerFlags) !== 0);
      return listed.filter(listFilter(nodeDeviceFlagGroups, flags)).map(({ name }) => ({ name }));
    },

    async nodeDeviceLookupByName(name): Promise<NodeDeviceRef> {
      await inventory.named(name);
      return { name };
    },

    async nodeDeviceLookupScsiHostByWwn(wwnn, wwpn, flags) {
      checkFlags(flags, 0, 'nodeDeviceLookupSCSIHostByWWN', ErrorDomain.NODEDEV);
      const device = await findByNames(tree, inventory, { wwnn, wwpn });
      if (device !== null) return { name: device.name };
      throw errors.noNodeDevice(`no node device with matching wwnn '${wwnn}' and wwpn '${wwpn}'`, ErrorDomain.NODEDEV);
    },

    async nodeDeviceGetXmlDesc(name, flags) {
      checkFlags(flags, 0, 'nodeDeviceGetXMLDesc', ErrorDomain.NODEDEV);
      return formatNodeDevice(await inventory.describe(await inventory.named(name)));
    },

    nodeDeviceGetParent: async name => await inventory.parentOf(await inventory.named(name)),
    nodeDeviceListCaps: async name => await capabilitiesOf(tree, await inventory.named(name)),
    nodeDeviceIsActive: async name => (await inventory.named(name)).host !== null,
    nodeDeviceIsPersistent: async name => isPersistent(await inventory.named(name)),

    async nodeDeviceGetAutostart(name) {
      const { capability, definition } = await inventory.named(name);
      return capability === 'system' || (definition?.autostart ?? false);
    },
  };
}
