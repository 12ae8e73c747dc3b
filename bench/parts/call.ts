import { once } from 'node:events';
import { Client } from '../client.ts';
import type { Part } from '../part.ts';
import { quantile } from '../statistics.ts';

const CALLS = 3000;
const WARM_UP = 500;

/** A small call, one after the other: what everything else is made of. */
export const call: Part = {
  figures: {
    p50: { label: 'getLibVersion, round trip, p50', unit: 'us', budget: 0.5 },
    p99: { label: 'getLibVersion, round trip, p99', unit: 'us' },
  },
  async measure(target) {
    using client = await Client.open(target.socket);
    const times: number[] = [];
    for (let count = -WARM_UP; count < CALLS; count += 1) {
      const began = performance.now();
      await client.call('connectGetLibVersion', undefined);
      if (count >= 0) times.push((performance.now() - began) * 1000);
    }
    client.socket.end();
    await once(client.socket, 'close');
    return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
  },
};
