import { ErrorDomain, NodeDeviceCreateXMLFlags, NodeDeviceDefineXMLFlags } from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { NodeDeviceChanges, NodeDeviceRef } from '../../contract/node-device.ts';
import type { MdevCapability, NodeDeviceDefinition } from '../../xml/node-device/definition.ts';
import { parseNodeDevice } from '../../xml/node-device/parse.ts';
import { makeMdev, setMdevAutostart, startDefined, stopMdev, undefineMdev } from '../changes/mdev-changes.ts';
import { createVport, deleteVport } from '../changes/vport-changes.ts';
import { isPersistent, type Inventory } from '../devices/inventory.ts';
import type { HostTree } from '../host/host-tree.ts';
import { mdevName } from '../mdev/mdev-definition.ts';

/** What is made and unmade: each has been seen, with its events, when it returns. */
export function changes(tree: HostTree, inventory: Inventory): NodeDeviceChanges {
  const mdevBy = async (
    verb: 'define' | 'start',
    definition: NodeDeviceDefinition,
    capability: MdevCapability,
  ): Promise<NodeDeviceRef> => {
    const { uuid, parentAddress } = await makeMdev(inventory, verb, definition, capability);
    const { name } = await inventory.named(mdevName(uuid, parentAddress));
    return { name };
  };
  return {
    async nodeDeviceCreateXml(xml, flags) {
      const { NODE_DEVICE_CREATE_XML_VALIDATE: VALIDATE } = NodeDeviceCreateXMLFlags;
      checkFlags(flags, VALIDATE, 'nodeDeviceCreateXML', ErrorDomain.NODEDEV);
      const definition = await parseNodeDevice(xml, { validate: (flags & VALIDATE) !== 0 });
      const { capability } = definition;
      if (capability.type === 'mdev') return await mdevBy('start', definition, capability);
      if (capability.type !== 'scsi_host') throw unsupportedType();
      return { name: await createVport(tree, inventory, definition, capability) };
    },

    async nodeDeviceDestroy(name) {
      const device = await inventory.named(name);
      if (device.host === null) throw invalid(`Device '${name}' is not active`);
      if (device.capability === 'scsi_host') await deleteVport(tree, inventory, device);
      else if (device.capability === 'mdev') await stopMdev(device);
      else throw unsupportedType();
      await inventory.refresh();
    },

    async nodeDeviceDefineXml(xml, flags) {
      const { NODE_DEVICE_DEFINE_XML_VALIDATE: VALIDATE } = NodeDeviceDefineXMLFlags;
      checkFlags(flags, VALIDATE, 'nodeDeviceDefineXML', ErrorDomain.NODEDEV);
      const definition = await parseNodeDevice(xml, { validate: (flags & VALIDATE) !== 0 });
      const { capability } = definition;
      if (capability.type !== 'mdev') throw unsupportedType();
      return await mdevBy('define', definition, capability);
    },

    async nodeDeviceUndefine(name, flags) {
      checkFlags(flags, 0, 'nodeDeviceUndefine', ErrorDomain.NODEDEV);
      const device = await inventory.named(name);
      if (!isPersistent(device)) throw invalid(`Node device '${name}' is not defined`);
      if (device.definition === null) throw unsupportedType();
      await undefineMdev(device.definition);
      await inventory.refresh();
    },

    async nodeDeviceCreate(name, flags) {
      checkFlags(flags, 0, 'nodeDeviceCreate', ErrorDomain.NODEDEV);
      const { host, definition } = await inventory.named(name);
      if (host !== null) throw invalid('Device is already active');
      if (definition === null) throw unsupportedType();
      await startDefined(definition);
      await inventory.refresh();
    },

    async nodeDeviceSetAutostart(name, autostart) {
      const { capability, definition } = await inventory.named(name);
      if (capability !== 'mdev') throw errors.operationUnsupported('Unsupported device type', ErrorDomain.NODEDEV);
      if (definition === null) throw invalid('cannot set autostart for transient device');
      await setMdevAutostart(definition, autostart);
      await inventory.refresh();
    },
  };
}

const invalid = (text: string): LibvirtError => errors.operationInvalid(text, ErrorDomain.NODEDEV);

/** For devices that nobody but the hardware makes. */
const unsupportedType = (): LibvirtError => errors.configUnsupported('Unsupported device type', ErrorDomain.NODEDEV);
