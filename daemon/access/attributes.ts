import { SecretUsageType } from '../../drivers/contract/constants.ts';
import type { HostInterfaceRef } from '../../drivers/contract/interface.ts';
import type { NwfilterBindingRef } from '../../drivers/contract/nwfilter.ts';
import type { PoolRef } from '../../drivers/contract/storage-pools.ts';

/** What a policy may look at to tell one object from another, by the names that libvirt's rules know. */
export type Attributes = Readonly<Record<string, string>>;

/** Objects with a name and a UUID, as far as it is known: one that a document describes gets it later. */
interface Named {
  readonly name: string;
  readonly uuid?: string | undefined;
}

/** As the wire has it: the type is a number there. */
interface Secret {
  readonly uuid: string;
  readonly usageType: number;
  readonly usageID: string;
}

const named =
  (prefix: string) =>
  ({ name, uuid }: Named): Attributes => ({
    [`${prefix}_name`]: name,
    ...(uuid === undefined ? {} : { [`${prefix}_uuid`]: uuid }),
  });

/** What each kind of usage is called; secrets for nothing and for a TPM have no such attribute in libvirt either. */
const usageNames: Readonly<Partial<Record<number, string>>> = {
  [SecretUsageType.VOLUME]: 'secret_usage_volume',
  [SecretUsageType.CEPH]: 'secret_usage_ceph',
  [SecretUsageType.ISCSI]: 'secret_usage_target',
  [SecretUsageType.TLS]: 'secret_usage_name',
};

export const attributes = {
  domain: named('domain'),
  network: named('network'),
  networkPort: (network: Named, uuid: string): Attributes => ({ ...named('network')(network), port_uuid: uuid }),
  storagePool: named('pool'),
  /** One that is to be made has no key yet. */
  storageVolume: (pool: PoolRef, { name, key }: { name: string; key?: string }): Attributes => ({
    ...named('pool')(pool),
    vol_name: name,
    ...(key === undefined ? {} : { vol_key: key }),
  }),
  interface: ({ name, mac }: HostInterfaceRef): Attributes => ({ interface_name: name, interface_macaddr: mac }),
  nodeDevice: (name: string): Attributes => ({ node_device_name: name }),
  nwfilter: named('nwfilter'),
  nwfilterBinding: ({ portdev, filtername }: NwfilterBindingRef): Attributes => ({
    nwfilter_binding_portdev: portdev,
    nwfilter_binding_filter: filtername,
  }),
  secret({ uuid, usageType, usageID }: Secret): Attributes {
    const usage = usageNames[usageType];
    return { secret_uuid: uuid, ...(usage === undefined ? {} : { [usage]: usageID }) };
  },
} as const;
