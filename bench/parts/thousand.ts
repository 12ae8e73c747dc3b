import { Client } from '../client.ts';
import { type Domain, SLEEP, define, documentOf, rootOf } from '../container.ts';
import type { Part } from '../part.ts';
import { median, timed } from '../statistics.ts';

const COUNT = 1000;
const ROUNDS = 11;

/** Define, list and describe a thousand domains. */
export const thousand: Part = {
  figures: {
    define: { label: 'define a domain', unit: 'ms', budget: 0.5 },
    list: { label: `list ${COUNT} domains`, unit: 'ms', budget: 1 },
    describe: { label: `XML of ${COUNT} domains`, unit: 'ms', budget: 1 },
  },
  async measure(target) {
    using client = await Client.open(target.socket);
    const root = await rootOf(target);
    const domains: Domain[] = [];
    const defining: number[] = [];
    for (let index = 0; index < COUNT; index += 1) {
      const document = documentOf(`thousand-${index}`, root, SLEEP);
      defining.push(await timed(async () => domains.push(await define(client, document))));
    }
    const listing: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      listing.push(await timed(() => client.call('connectListAllDomains', { needResults: 1, flags: 0 })));
    }
    const describing = await timed(async () => {
      for (const dom of domains) await client.call('domainGetXmlDesc', { dom, flags: 0 });
    });
    for (const dom of domains) await client.call('domainUndefine', { dom });
    return { define: median(defining), list: median(listing), describe: describing };
  },
};
