import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../client.ts';
import { define, documentOf, remove, rootOf } from '../container.ts';
import { type Network, defineNetwork, macOf, removeNetwork } from '../network.ts';
import type { Part } from '../part.ts';
import { timed } from '../statistics.ts';
import type { Target } from '../target.ts';

/** As often as somebody who waits for a lease would ask; milliseconds. */
const ASK_EACH = 20;
const LIMIT = 30_000;

/** By itself it asks thrice in 9 s, and then not for 20 s: whether the third is early enough would be all that is measured. */
const DHCP = 'ip link set eth0 up; exec udhcpc -f -i eth0 -t 60 -T 1 -s /bin/true';

/**
 * How long a new container is without its address. The spanning tree protocol, which networks have unless they say
 * otherwise, lets nothing pass at first; and dnsmasq may first try for 3 s whether somebody has the address already.
 */
export const addresses: Part = {
  figures: {
    plain: { label: "from a container's start to its DHCP lease", unit: 'ms', budget: 0.5 },
    usual: { label: 'the same where the bridge has STP', unit: 'ms', budget: 0.5 },
  },
  async measure(target) {
    using client = await Client.open(target.socket);
    const plain = await onNetwork(target, client, await defineNetwork(client, 'plain', 91, false));
    const usual = await onNetwork(target, client, await defineNetwork(client, 'usual', 92));
    return { plain, usual };
  },
};

async function onNetwork(target: Target, client: Client, net: Network): Promise<number> {
  await client.call('networkCreate', { net });
  const time = await leaseTime(target, client, net);
  await removeNetwork(client, net);
  return time;
}

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
      if (performance.now() > end) throw new Error(`${target.name}: no lease for ${mac} in ${LIMIT / 1000} s`);
      await sleep(ASK_EACH);
    }
  });
  await remove(client, dom);
  return time;
}
