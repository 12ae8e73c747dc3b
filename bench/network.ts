import type { Infer } from '../protocol/xdr/index.ts';
import type { network } from '../protocol/programs/remote/types.ts';
import type { Client } from './client.ts';

export type Network = Infer<typeof network>;

/**
 * A network behind NAT that leases addresses of a /16; `index` is its own and makes its subnet. Bridges heed the spanning
 * tree protocol unless a document says otherwise.
 */
export async function defineNetwork(client: Client, name: string, index: number, stp = true): Promise<Network> {
  const xml = `<network><name>${name}</name><forward mode='nat'/><bridge name='benchbr${index}'${stp ? '' : " stp='off'"} delay='0'/>
<ip address='10.${index}.0.1' netmask='255.255.0.0'><dhcp><range start='10.${index}.0.2' end='10.${index}.31.254'/></dhcp></ip></network>`;
  return (await client.call('networkDefineXml', { xml })).net;
}

export async function removeNetwork(client: Client, net: Network): Promise<void> {
  await client.call('networkDestroy', { net });
  await client.call('networkUndefine', { net });
}

/** Bytes as a MAC address of local administration. */
export const macOf = (number: number): string =>
  `52:54:00:${[number >> 16, number >> 8, number].map(byte => (byte & 0xff).toString(16).padStart(2, '0')).join(':')}`;
