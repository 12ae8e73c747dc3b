import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../client.ts';
import { define, documentOf, remove, rootOf } from '../container.ts';
import { type Network, defineNetwork, macOf, removeNetwork } from '../network.ts';
import type { Part } from '../part.ts';
import { median, timed } from '../statistics.ts';
import type { Target } from '../target.ts';

const ROUNDS = 5;
const LEASES = 3;
/** As often as somebody who waits for a lease would ask; milliseconds. */
const ASK_EACH = 10;
const LIMIT = 30_000;

const DHCP = 'ip link set eth0 up; exec udhcpc -f -i eth0 -s /bin/true';

/** Start and destroy a network, and wait for a container's address on it. */
export const networks: Part = {
  figures: {
    start: { label: 'start a network with NAT and DHCP', unit: 'ms', budget: 1 },
    destroy: { label: 'destroy it', unit: 'ms', budget: 1 },
    lease: { label: "from a container's start to its DHCP lease", unit: 'ms', budget: 1 },
  },
  async measure(target) {
    using client = await Client.open(target.socket);
    const net = await defineNetwork(client, 'networks', 90);
    const starting: number[] = [];
    const destroying: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      starting.push(await timed(() => client.call('networkCreate', { net })));
      destroying.push(await timed(() => client.call('networkDestroy', { net })));
    }
    await client.call('networkCreate', { net });
    const leasing: number[] = [];
    for (let round = 1; round <= LEASES; round += 1) leasing.push(await leaseTime(target, client, net));
    await removeNetwork(client, net);
    return { start: median(starting), destroy: median(destroying), lease: median(leasing) };
  },
};

/** Of a container with an address that no lease is known for yet. */
async function leaseTime(target: Target, client: Client, net: Network): Promise<number> {
  const mac = macOf(Math.floor(Math.random() * 0x1000000));
  const link = `<interface type='network'><mac address='${mac}'/><source network='${net.name}'/></interface>`;
  const document = documentOf('leasing', await rootOf(target), DHCP).replace('<console', `${link}$&`);
  const dom = await define(client, document);
  const time = await timed(async () => {
    await client.call('domainCreate', { dom });
    const end = performance.now() + LIMIT;
    while ((await client.call('networkGetDhcpLeases', { net, mac, needResults: 1, flags: 0 })).ret === 0) {
      if (performance.now() > end) throw new Error(`${target.name}: no lease for ${mac}`);
      await sleep(ASK_EACH);
    }
  });
  await remove(client, dom);
  return time;
}
