import { Client } from '../client.ts';
import { defineNetwork } from '../network.ts';
import type { Part } from '../part.ts';
import { timed } from '../statistics.ts';

/** A network's bridge, rules and dnsmasq, from nothing and back to it. */
export const networks: Part = {
  figures: {
    start: { label: 'start a network with NAT and DHCP', unit: 'ms', budget: 0.5 },
    destroy: { label: 'destroy it', unit: 'ms', budget: 0.5 },
  },
  async measure(target) {
    using client = await Client.open(target.socket);
    const net = await defineNetwork(client, 'networks', 90);
    const start = await timed(() => client.call('networkCreate', { net }));
    const destroy = await timed(() => client.call('networkDestroy', { net }));
    await client.call('networkUndefine', { net });
    return { start, destroy };
  },
};
