import type { NwfilterDriver } from '../../drivers/contract/nwfilter.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import { NWFILTER_BINDING_LIST_MAX, NWFILTER_LIST_MAX } from '../../protocol/programs/remote/limits.ts';
import type { nwfilterProcedures } from '../../protocol/programs/remote/nwfilter.ts';
import type { Call } from '../call.ts';
import { requireRoom } from './argument.ts';
import { wholeList } from './whole-list.ts';

/** Network filters, and the links that they are bound to. */
export function nwfilterHandlers(driver: NwfilterDriver) {
  return {
    connectNumOfNwfilters: async () => ({ num: await driver.connectNumOfNwfilters() }),
    async connectListNwfilters(_call, { maxnames }) {
      requireRoom('maxnames', maxnames, NWFILTER_LIST_MAX, 'REMOTE_NWFILTER_LIST_MAX');
      return { names: (await driver.connectListNwfilters()).slice(0, maxnames) };
    },
    async connectListAllNwfilters(_call, { needResults, flags }) {
      const all = await driver.connectListAllNwfilters(flags);
      const { list: filters, ret } = wholeList('nwfilters', all, needResults, NWFILTER_LIST_MAX);
      return { filters, ret };
    },
    nwfilterLookupByName: async (_call, { name }) => ({ nwfilter: await driver.nwfilterLookupByName(name) }),
    nwfilterLookupByUuid: async (_call, { uuid }) => ({ nwfilter: await driver.nwfilterLookupByUuid(uuid) }),
    nwfilterGetXmlDesc: async (_call, { nwfilter, flags }) => ({
      xml: await driver.nwfilterGetXmlDesc(nwfilter.uuid, flags),
    }),
    nwfilterDefineXml: async (_call, { xml }) => ({ nwfilter: await driver.nwfilterDefineXml(xml, 0) }),
    nwfilterDefineXmlFlags: async (_call, { xml, flags }) => ({ nwfilter: await driver.nwfilterDefineXml(xml, flags) }),
    nwfilterUndefine: (_call, { nwfilter }) => driver.nwfilterUndefine(nwfilter.uuid),

    async connectListAllNwfilterBindings(_call, { needResults, flags }) {
      const all = await driver.connectListAllNwfilterBindings(flags);
      const { list: bindings, ret } = wholeList('nwfilter bindings', all, needResults, NWFILTER_BINDING_LIST_MAX);
      return { bindings, ret };
    },
    nwfilterBindingLookupByPortDev: async (_call, { name }) => ({
      nwfilter: await driver.nwfilterBindingLookupByPortDev(name),
    }),
    nwfilterBindingGetXmlDesc: async (_call, { nwfilter, flags }) => ({
      xml: await driver.nwfilterBindingGetXmlDesc(nwfilter.portdev, flags),
    }),
    nwfilterBindingCreateXml: async (_call, { xml, flags }) => ({
      nwfilter: await driver.nwfilterBindingCreateXml(xml, flags),
    }),
    nwfilterBindingDelete: (_call, { nwfilter }) => driver.nwfilterBindingDelete(nwfilter.portdev),
  } satisfies Handlers<typeof nwfilterProcedures, Call>;
}
