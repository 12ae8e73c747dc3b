import type { Drivers } from '../../drivers/contract/drivers.ts';
import type { HypervisorDriver } from '../../drivers/contract/hypervisor.ts';
import type { InterfaceDriver } from '../../drivers/contract/interface.ts';
import type { NetworkDriver, NetworkRef } from '../../drivers/contract/network.ts';
import type { NodeDeviceDriver } from '../../drivers/contract/node-device.ts';
import type { NwfilterDriver } from '../../drivers/contract/nwfilter.ts';
import type { OnDemand } from '../../drivers/contract/on-demand.ts';
import type { SecretDriver } from '../../drivers/contract/secret.ts';
import type { StorageDriver } from '../../drivers/contract/storage.ts';
import { attributes, type Attributes } from './attributes.ts';
import * as documents from './documents.ts';
import { fieldOf, numberIn, textIn } from './field.ts';

/** How the objects of one kind are found in calls. Which call refers to one is told by the names of its arguments. */
export interface ObjectKind {
  /** Arguments that refer to one. */
  readonly arguments: readonly string[];
  /** Where replies hold the one that was looked up. */
  readonly reply: string;
  /** Of one that a driver has told of. */
  known(reference: unknown): Attributes | Promise<Attributes>;
  /**
   * Of the one that a client refers to. Only what the drivers find objects by is taken from the client; a name beside it
   * is whatever the client says it is. Throws as the driver does when there is none.
   */
  referred(reference: unknown): Attributes | Promise<Attributes>;
  /** Of one that a client's document describes. Throws as its parser does. */
  described(xml: string, args: unknown): Attributes | Promise<Attributes>;
}

const named = (value: unknown) => ({ name: textIn(value, 'name'), uuid: textIn(value, 'uuid') });

/** The kinds of which there is a driver, by the names that permissions have in front of the colon. */
export const objectKinds = (drivers: Drivers): ReadonlyMap<string, ObjectKind> => {
  const { hypervisor, interface: interfaces, network, nodeDevice, nwfilter, secret, storage } = drivers;
  const kinds: Record<string, ObjectKind | undefined> = {
    domain: domains(hypervisor),
    interface: interfaces && hostInterfaces(interfaces),
    network: network && networks(network),
    network_port: network && networkPorts(network),
    node_device: nodeDevice && nodeDevices(nodeDevice),
    nwfilter: nwfilter && nwfilters(nwfilter),
    nwfilter_binding: nwfilter && nwfilterBindings(nwfilter),
    secret: secret && secrets(secret),
    storage_pool: storage && storagePools(storage),
    storage_vol: storage && storageVolumes(storage),
  };
  return new Map(Object.entries(kinds).flatMap(([name, kind]) => (kind === undefined ? [] : [[name, kind]])));
};

const domains = (driver: HypervisorDriver): ObjectKind => ({
  arguments: ['dom'],
  reply: 'dom',
  known: reference => attributes.domain(named(reference)),
  referred: reference => attributes.domain(driver.domainLookupByUuid(textIn(reference, 'uuid'))),
  described: async xml => attributes.domain(await documents.domain(xml)),
});

const networks = (driver: OnDemand<NetworkDriver>): ObjectKind => ({
  arguments: ['net', 'network'],
  reply: 'net',
  known: reference => attributes.network(named(reference)),
  referred: async reference => attributes.network(await driver.networkLookupByUuid(textIn(reference, 'uuid'))),
  described: async xml => attributes.network(await documents.network(xml)),
});

const networkPorts = (driver: OnDemand<NetworkDriver>): ObjectKind => {
  const networkIn = async (value: unknown, field: string): Promise<NetworkRef> =>
    driver.networkLookupByUuid(textIn(fieldOf(value, field), 'uuid'));
  return {
    arguments: ['port'],
    reply: 'port',
    known: async reference => attributes.networkPort(await networkIn(reference, 'net'), textIn(reference, 'uuid')),
    async referred(reference) {
      const network = await networkIn(reference, 'net');
      const { uuid } = await driver.networkPortLookupByUuid(network, textIn(reference, 'uuid'));
      return attributes.networkPort(network, uuid);
    },
    async described(xml, args) {
      return attributes.networkPort(await networkIn(args, 'network'), (await documents.networkPort(xml)).uuid);
    },
  };
};

const hostInterfaces = (driver: OnDemand<InterfaceDriver>): ObjectKind => ({
  arguments: ['iface'],
  reply: 'iface',
  known: reference => attributes.interface({ name: textIn(reference, 'name'), mac: textIn(reference, 'mac') }),
  referred: async reference => attributes.interface(await driver.interfaceLookupByName(textIn(reference, 'name'))),
  described: async xml => attributes.interface(await documents.hostInterface(xml)),
});

/** Calls refer to them by a name alone. */
const nodeDevices = (driver: NodeDeviceDriver): ObjectKind => ({
  arguments: ['name'],
  reply: 'dev',
  known: reference => attributes.nodeDevice(textIn(reference, 'name')),
  async referred(reference) {
    if (typeof reference !== 'string') throw new TypeError('a node device is referred to by its name');
    return attributes.nodeDevice((await driver.nodeDeviceLookupByName(reference)).name);
  },
  described: async xml => attributes.nodeDevice((await documents.nodeDevice(xml)).name),
});

const nwfilters = (driver: NwfilterDriver): ObjectKind => ({
  arguments: ['nwfilter'],
  reply: 'nwfilter',
  known: reference => attributes.nwfilter(named(reference)),
  referred: async reference => attributes.nwfilter(await driver.nwfilterLookupByUuid(textIn(reference, 'uuid'))),
  described: async xml => attributes.nwfilter(await documents.nwfilter(xml)),
});

const nwfilterBindings = (driver: NwfilterDriver): ObjectKind => ({
  arguments: ['nwfilter'],
  reply: 'nwfilter',
  known: reference =>
    attributes.nwfilterBinding({ portdev: textIn(reference, 'portdev'), filtername: textIn(reference, 'filtername') }),
  referred: async reference =>
    attributes.nwfilterBinding(await driver.nwfilterBindingLookupByPortDev(textIn(reference, 'portdev'))),
  described: async xml => attributes.nwfilterBinding(await documents.nwfilterBinding(xml)),
});

const secrets = (driver: SecretDriver): ObjectKind => ({
  arguments: ['secret'],
  reply: 'secret',
  known: reference => attributes.secret(secretIn(reference)),
  referred: reference => attributes.secret(driver.secretLookupByUuid(textIn(reference, 'uuid'))),
  described: async xml => attributes.secret(await documents.secret(xml)),
});

const secretIn = (reference: unknown) => ({
  uuid: textIn(reference, 'uuid'),
  usageType: numberIn(reference, 'usageType'),
  usageID: textIn(reference, 'usageID'),
});

const storagePools = (driver: OnDemand<StorageDriver>): ObjectKind => ({
  arguments: ['pool'],
  reply: 'pool',
  known: reference => attributes.storagePool(named(reference)),
  referred: async reference => attributes.storagePool(await driver.storagePoolLookupByUuid(textIn(reference, 'uuid'))),
  described: async xml => attributes.storagePool(await documents.storagePool(xml)),
});

/** A volume is found by its name in the pool of that name. */
const storageVolumes = (driver: OnDemand<StorageDriver>): ObjectKind => ({
  arguments: ['vol'],
  reply: 'vol',
  known: async reference =>
    attributes.storageVolume(await driver.storagePoolLookupByName(textIn(reference, 'pool')), {
      name: textIn(reference, 'name'),
      key: textIn(reference, 'key'),
    }),
  async referred(reference) {
    const pool = await driver.storagePoolLookupByName(textIn(reference, 'pool'));
    return attributes.storageVolume(pool, await driver.storageVolLookupByName(pool, textIn(reference, 'name')));
  },
  async described(xml, args) {
    const pool = await driver.storagePoolLookupByUuid(textIn(fieldOf(args, 'pool'), 'uuid'));
    return attributes.storageVolume(pool, await documents.storageVolume(xml));
  },
});
