import {
  ConnectListAllDomainsFlags,
  ConnectListAllInterfacesFlags,
  ConnectListAllNetworksFlags,
  ConnectListAllStoragePoolsFlags,
} from '../../drivers/contract/constants.ts';
import type { Drivers } from '../../drivers/contract/drivers.ts';
import { fieldOf, listIn, numberIn, textIn } from './field.ts';

type References = readonly unknown[] | Promise<readonly unknown[]>;

/** How what a client may not see is left out of a reply. */
export interface Listing {
  /** The call that is made in the client's place. */
  args(args: unknown): unknown;
  /** Everything that the reply tells of: references to objects, unless `object` says where they hold one. */
  references(args: unknown, reply: unknown): References;
  object?(reference: unknown): unknown;
  /** The reply that tells of those. */
  reply(args: unknown, references: readonly unknown[]): unknown;
}

/** A list of references, whose length is told also when the client does not want the list. */
const objects = (field: string): Listing => ({
  args: args => (typeof args === 'object' ? { ...args, needResults: 1 } : args),
  references: (_args, reply) => listIn(reply, field),
  reply: (args, references) => ({
    [field]: fieldOf(args, 'needResults') === 0 ? [] : references,
    ret: references.length,
  }),
});

type Find = (args: unknown) => References;

/** The call itself only checks its arguments then: what it answers names or counts objects, and does not refer to them. */
const found = (find: Find, reply: Listing['reply']): Listing => ({
  args: args => args,
  references: args => find(args),
  reply,
});

const counted = (find: Find): Listing => found(find, (_args, references) => ({ num: references.length }));

/** `field` of each, as many as the client has room for. */
const each = (find: Find, reply: string, field: string, room: string): Listing =>
  found(find, (args, references) => ({
    [reply]: references.slice(0, numberIn(args, room)).map(reference => fieldOf(reference, field)),
  }));

const namesOf = (find: Find): Listing => each(find, 'names', 'name', 'maxnames');

const statistics: Listing = {
  args: args => args,
  references: (_args, reply) => listIn(reply, 'retStats'),
  object: record => fieldOf(record, 'dom'),
  reply: (_args, records) => ({ retStats: records }),
};

/** By the procedures' names. Those that register for events are filtered as events come. */
export function listings(drivers: Drivers): Readonly<Record<string, Listing>> {
  const { hypervisor, interface: interfaces, network, nodeDevice, nwfilter, secret, storage } = drivers;
  const domains =
    (flags: number): Find =>
    () =>
      hypervisor.connectListAllDomains(flags);
  const links =
    (flags: number): Find =>
    () =>
      interfaces?.connectListAllInterfaces(flags) ?? [];
  const nets =
    (flags: number): Find =>
    () =>
      network?.connectListAllNetworks(flags) ?? [];
  const pools =
    (flags: number): Find =>
    () =>
      storage?.connectListAllStoragePools(flags) ?? [];
  const filters: Find = async () => (await nwfilter?.connectListAllNwfilters(0)) ?? [];
  const secrets: Find = () => secret?.connectListAllSecrets(0) ?? [];
  const volumes: Find = args => {
    const pool = fieldOf(args, 'pool');
    const reference = { name: textIn(pool, 'name'), uuid: textIn(pool, 'uuid') };
    return storage?.storagePoolListAllVolumes(reference, 0) ?? [];
  };
  const devices: Find = async args => {
    const capability = fieldOf(args, 'cap');
    const names = await nodeDevice?.nodeListDevices(typeof capability === 'string' ? capability : null, 0);
    return (names ?? []).map(name => ({ name }));
  };
  const { ACTIVE, INACTIVE } = ConnectListAllDomainsFlags;
  return {
    connectListAllDomains: objects('domains'),
    connectNumOfDomains: counted(domains(ACTIVE)),
    connectListDomains: each(domains(ACTIVE), 'ids', 'id', 'maxids'),
    connectNumOfDefinedDomains: counted(domains(INACTIVE)),
    connectListDefinedDomains: namesOf(domains(INACTIVE)),
    connectGetAllDomainStats: statistics,

    connectListAllInterfaces: objects('ifaces'),
    connectNumOfInterfaces: counted(links(ConnectListAllInterfacesFlags.ACTIVE)),
    connectListInterfaces: namesOf(links(ConnectListAllInterfacesFlags.ACTIVE)),
    connectNumOfDefinedInterfaces: counted(links(ConnectListAllInterfacesFlags.INACTIVE)),
    connectListDefinedInterfaces: namesOf(links(ConnectListAllInterfacesFlags.INACTIVE)),

    connectListAllNetworks: objects('nets'),
    connectNumOfNetworks: counted(nets(ConnectListAllNetworksFlags.ACTIVE)),
    connectListNetworks: namesOf(nets(ConnectListAllNetworksFlags.ACTIVE)),
    connectNumOfDefinedNetworks: counted(nets(ConnectListAllNetworksFlags.INACTIVE)),
    connectListDefinedNetworks: namesOf(nets(ConnectListAllNetworksFlags.INACTIVE)),
    networkListAllPorts: objects('ports'),

    connectListAllNodeDevices: objects('devices'),
    nodeNumOfDevices: counted(devices),
    nodeListDevices: namesOf(devices),

    connectListAllNwfilters: objects('filters'),
    connectNumOfNwfilters: counted(filters),
    connectListNwfilters: namesOf(filters),
    connectListAllNwfilterBindings: objects('bindings'),

    connectListAllSecrets: objects('secrets'),
    connectNumOfSecrets: counted(secrets),
    connectListSecrets: each(secrets, 'uuids', 'uuid', 'maxuuids'),

    connectListAllStoragePools: objects('pools'),
    connectNumOfStoragePools: counted(pools(ConnectListAllStoragePoolsFlags.ACTIVE)),
    connectListStoragePools: namesOf(pools(ConnectListAllStoragePoolsFlags.ACTIVE)),
    connectNumOfDefinedStoragePools: counted(pools(ConnectListAllStoragePoolsFlags.INACTIVE)),
    connectListDefinedStoragePools: namesOf(pools(ConnectListAllStoragePoolsFlags.INACTIVE)),
    storagePoolListAllVolumes: objects('vols'),
    storagePoolNumOfVolumes: counted(volumes),
    storagePoolListVolumes: namesOf(volumes),
  };
}

/** Replies that tell of no object yet. */
export const registersForEvents = (name: string): boolean => /EventRegister|EventCallbackRegister/.test(name);
