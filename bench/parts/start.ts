import { Client } from '../client.ts';
import { SLEEP, define, documentOf, rootOf } from '../container.ts';
import type { Part } from '../part.ts';
import { median, timed } from '../statistics.ts';

const ROUNDS = 10;

/** Start and destroy one container after the other. */
export const start: Part = {
  figures: {
    start: { label: 'start a container', unit: 'ms', budget: 0.19 },
    destroy: { label: 'destroy it', unit: 'ms', budget: 0.006 },
  },
  async measure(target) {
    using client = await Client.open(target.socket);
    const dom = await define(client, documentOf('start', await rootOf(target), SLEEP));
    const starting: number[] = [];
    const destroying: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      starting.push(await timed(() => client.call('domainCreate', { dom })));
      destroying.push(await timed(() => client.call('domainDestroy', { dom })));
    }
    await client.call('domainUndefine', { dom });
    return { start: median(starting), destroy: median(destroying) };
  },
};
