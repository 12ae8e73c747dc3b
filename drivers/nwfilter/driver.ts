import type { InterfaceFilters } from '../contract/interface-filters.ts';
import type { NwfilterDriver } from '../contract/nwfilter.ts';
import { hasBindings } from './binding-directory.ts';
import type { NetworkFilters, NetworkFiltersOptions } from './network-filters.ts';

/**
 * The driver, with code and documents that are read once somebody asks for a filter or binds a link, or at the start when
 * links are bound: most hosts have no use for them, and an idle daemon would be a tenth larger.
 */
export function createNwfilterDriver(options: NetworkFiltersOptions): NwfilterDriver & InterfaceFilters {
  let loading: Promise<NetworkFilters> | null = null;
  const filters = (): Promise<NetworkFilters> =>
    (loading ??= load(options).catch((error: unknown) => {
      loading = null;
      throw error;
    }));
  return {
    async start() {
      if (hasBindings(options.paths)) await filters();
    },
    async autostart() {},
    async reload() {
      if (loading !== null) await (await loading).reload();
    },
    /** Rules work without a daemon. */
    activeCount: () => 0,
    async close() {},

    connectNumOfNwfilters: async () => (await filters()).connectNumOfNwfilters(),
    connectListNwfilters: async () => (await filters()).connectListNwfilters(),
    connectListAllNwfilters: async flags => (await filters()).connectListAllNwfilters(flags),
    nwfilterLookupByName: async name => (await filters()).nwfilterLookupByName(name),
    nwfilterLookupByUuid: async uuid => (await filters()).nwfilterLookupByUuid(uuid),
    nwfilterGetXmlDesc: async (uuid, flags) => (await filters()).nwfilterGetXmlDesc(uuid, flags),
    nwfilterDefineXml: async (xml, flags) => (await filters()).nwfilterDefineXml(xml, flags),
    nwfilterUndefine: async uuid => (await filters()).nwfilterUndefine(uuid),

    connectListAllNwfilterBindings: async flags => (await filters()).connectListAllNwfilterBindings(flags),
    nwfilterBindingLookupByPortDev: async portDev => (await filters()).nwfilterBindingLookupByPortDev(portDev),
    nwfilterBindingGetXmlDesc: async (portDev, flags) => (await filters()).nwfilterBindingGetXmlDesc(portDev, flags),
    nwfilterBindingCreateXml: async (xml, flags) => (await filters()).nwfilterBindingCreateXml(xml, flags),
    nwfilterBindingDelete: async portDev => (await filters()).nwfilterBindingDelete(portDev),

    bind: async wanted => (await filters()).bind(wanted),
  };
}

async function load(options: NetworkFiltersOptions): Promise<NetworkFilters> {
  const { NetworkFilters } = await import('./network-filters.ts');
  return await NetworkFilters.load(options);
}
