import { Client } from '../client.ts';
import type { Part } from '../part.ts';
import { timed } from '../statistics.ts';

const IN_FLIGHT = 64;
const CALLS = 30_000;

/** As many small calls as one connection carries. */
export const pipeline: Part = {
  figures: { rate: { label: `getLibVersion, ${IN_FLIGHT} in flight`, unit: 'calls/s', more: true, budget: 7.5 } },
  async measure(target) {
    using client = await Client.open(target.socket);
    let left = CALLS;
    const caller = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await client.call('connectGetLibVersion', undefined);
      }
    };
    const time = await timed(() => Promise.all(Array.from({ length: IN_FLIGHT }, caller)));
    return { rate: (CALLS / time) * 1000 };
  },
};
