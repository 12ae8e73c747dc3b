import type { InterfaceDriver } from '../../drivers/contract/interface.ts';
import type { OnDemand } from '../../drivers/contract/on-demand.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { interfaceProcedures } from '../../protocol/programs/remote/interface.ts';
import { INTERFACE_LIST_MAX } from '../../protocol/programs/remote/limits.ts';
import type { Call } from '../call.ts';
import { requireRoom } from './argument.ts';
import { wholeList } from './whole-list.ts';

/** Network interfaces of the host. */
export function interfaceHandlers(driver: OnDemand<InterfaceDriver>) {
  return {
    connectNumOfInterfaces: async () => ({ num: await driver.connectNumOfInterfaces() }),
    async connectListInterfaces(_call, { maxnames }) {
      requireRoom('maxnames', maxnames, INTERFACE_LIST_MAX, 'REMOTE_INTERFACE_LIST_MAX');
      return { names: (await driver.connectListInterfaces()).slice(0, maxnames) };
    },
    connectNumOfDefinedInterfaces: async () => ({ num: await driver.connectNumOfDefinedInterfaces() }),
    async connectListDefinedInterfaces(_call, { maxnames }) {
      requireRoom('maxnames', maxnames, INTERFACE_LIST_MAX, 'REMOTE_DEFINED_INTERFACE_LIST_MAX');
      return { names: (await driver.connectListDefinedInterfaces()).slice(0, maxnames) };
    },
    async connectListAllInterfaces(_call, { needResults, flags }) {
      const all = await driver.connectListAllInterfaces(flags);
      const { list: ifaces, ret } = wholeList('interfaces', all, needResults, INTERFACE_LIST_MAX);
      return { ifaces, ret };
    },
    interfaceLookupByName: async (_call, { name }) => ({ iface: await driver.interfaceLookupByName(name) }),
    interfaceLookupByMacString: async (_call, { mac }) => ({ iface: await driver.interfaceLookupByMacString(mac) }),
    interfaceIsActive: async (_call, { iface }) => ({ active: Number(await driver.interfaceIsActive(iface.name)) }),
    interfaceGetXmlDesc: async (_call, { iface, flags }) => ({
      xml: await driver.interfaceGetXmlDesc(iface.name, flags),
    }),
    interfaceDefineXml: async (_call, { xml, flags }) => ({ iface: await driver.interfaceDefineXml(xml, flags) }),
    interfaceUndefine: (_call, { iface }) => driver.interfaceUndefine(iface.name),
    interfaceCreate: (_call, { iface, flags }) => driver.interfaceCreate(iface.name, flags),
    interfaceDestroy: (_call, { iface, flags }) => driver.interfaceDestroy(iface.name, flags),
    interfaceChangeBegin: (_call, { flags }) => driver.interfaceChangeBegin(flags),
    interfaceChangeCommit: (_call, { flags }) => driver.interfaceChangeCommit(flags),
    interfaceChangeRollback: (_call, { flags }) => driver.interfaceChangeRollback(flags),
  } satisfies Handlers<typeof interfaceProcedures, Call>;
}
