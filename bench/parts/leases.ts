import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Client } from '../client.ts';
import { type Network, defineNetwork, macOf, removeNetwork } from '../network.ts';
import type { Part } from '../part.ts';
import { median, timed } from '../statistics.ts';
import type { Target } from '../target.ts';

/** What 1,000 networks of ten guests have; not many more are in the 2 MiB that libvirtd reads of such a file. */
const COUNT = 10_000;
const NETWORKS = 4;
const ROUNDS = 5;
const FIRST = 100;

/**
 * Leases of one network, by one call, and of some, by one call each; written where each daemon reads what its dnsmasq has
 * leased. Of one guest: of all these the only one.
 */
export const leases: Part = {
  figures: {
    one: { label: `list ${COUNT.toLocaleString('en')} leases`, unit: 'ms', budget: 1 },
    many: { label: `list as many of each of ${NETWORKS} networks`, unit: 'ms', budget: 1 },
    guest: { label: `find one guest's among ${COUNT.toLocaleString('en')}`, unit: 'ms', budget: 0.5 },
  },
  async measure(target) {
    using client = await Client.open(target.socket);
    const networks: Network[] = [];
    for (let index = 0; index < NETWORKS; index += 1) {
      const net = await defineNetwork(client, `leases-${index}`, FIRST + index);
      await client.call('networkCreate', { net });
      await writeLeases(target, FIRST + index);
      networks.push(net);
    }
    const one: number[] = [];
    const many: number[] = [];
    const guest: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      one.push(await timed(() => list(client, networks.slice(0, 1))));
      many.push(await timed(() => list(client, networks)));
      guest.push(await timed(() => list(client, networks.slice(0, 1), macOf(COUNT - 1))));
    }
    for (const net of networks) await removeNetwork(client, net);
    for (let index = 0; index < NETWORKS; index += 1) await rm(fileOf(target, FIRST + index), { force: true });
    return { one: median(one), many: median(many), guest: median(guest) };
  },
};

async function list(client: Client, networks: readonly Network[], mac: string | null = null): Promise<void> {
  for (const net of networks) {
    const { ret } = await client.call('networkGetDhcpLeases', { net, mac, needResults: 1, flags: 0 });
    if (ret !== (mac === null ? COUNT : 1)) throw new Error(`${ret} leases of ${net.name}`);
  }
}

const fileOf = ({ name, pid, directory }: Target, index: number): string =>
  name === 'lxvirtd'
    ? `${directory}/var/lib/libvirt/dnsmasq/benchbr${index}.leases`
    : `/proc/${pid}/root/var/lib/libvirt/dnsmasq/benchbr${index}.status`;

/** dnsmasq's own list for us; libvirtd's helper keeps one of its own, in JSON. */
async function writeLeases(target: Target, index: number): Promise<void> {
  const rows = Array.from({ length: COUNT }, (_, number) => leaseOf(index, number));
  const path = fileOf(target, index);
  await mkdir(dirname(path), { recursive: true });
  const text =
    target.name === 'lxvirtd'
      ? rows
          .map(row => `${[row['expiry-time'], row['mac-address'], row['ip-address'], row.hostname, '*'].join(' ')}\n`)
          .join('')
      : JSON.stringify(rows);
  await writeFile(path, text);
}

const leaseOf = (index: number, number: number) => ({
  'ip-address': `10.${index}.${1 + Math.floor(number / 250)}.${number % 250}`,
  'mac-address': macOf(number),
  hostname: `guest-${number}`,
  'expiry-time': Math.floor(Date.now() / 1000) + 3600,
});
