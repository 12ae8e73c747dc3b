import { Client } from '../client.ts';
import { type Domain, SLEEP, define, documentOf, rootOf } from '../container.ts';
import type { Part } from '../part.ts';
import { median, timed } from '../statistics.ts';
import type { Target } from '../target.ts';

/** libvirtd takes two seconds for each container that it destroys, so it gets fewer. */
const countOf = ({ name }: Target): number => (name === 'lxvirtd' ? 1000 : 20);
const AT_ONCE = 4;
const ROUNDS = 11;

/** Very many containers: start them, ask how they are, destroy them. Each figure is for one thousand, at the rate measured. */
export const many: Part = {
  figures: {
    start: { label: `start 1,000 containers, ${AT_ONCE} at a time`, unit: 's' },
    statistics: { label: 'statistics of 1,000 running containers', unit: 'ms' },
    destroy: { label: `destroy 1,000 containers, ${AT_ONCE} at a time`, unit: 's' },
  },
  async measure(target) {
    const count = countOf(target);
    using client = await Client.open(target.socket);
    const root = await rootOf(target);
    const domains: Domain[] = [];
    for (let index = 0; index < count; index += 1)
      domains.push(await define(client, documentOf(`many-${index}`, root, SLEEP)));
    const thousand = 1000 / count;
    const start = await timed(() => each(domains, dom => client.call('domainCreate', { dom })));
    const asking = target.name === 'lxvirtd' ? inOneCall : oneByOne;
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) times.push(await timed(() => asking(client, domains)));
    const destroy = await timed(() => each(domains, dom => client.call('domainDestroy', { dom })));
    for (const dom of domains) await client.call('domainUndefine', { dom });
    return {
      start: (start / 1000) * thousand,
      statistics: median(times) * thousand,
      destroy: (destroy / 1000) * thousand,
    };
  },
};

/** Some at a time: a daemon serves five calls of one client at once. */
async function each(domains: readonly Domain[], action: (dom: Domain) => Promise<unknown>): Promise<void> {
  const left = domains.values();
  const worker = async (): Promise<void> => {
    for (const dom of left) await action(dom);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function inOneCall(client: Client, domains: readonly Domain[]): Promise<void> {
  const { retStats } = await client.call('connectGetAllDomainStats', { doms: [], stats: 0, flags: 0 });
  if (retStats.length !== domains.length) throw new Error(`statistics of ${retStats.length} domains`);
}

/** What libvirt's own driver has of the same: it refuses the call for all. */
async function oneByOne(client: Client, domains: readonly Domain[]): Promise<void> {
  for (const dom of domains) {
    await client.call('domainGetInfo', { dom });
    await client.call('domainGetState', { dom, flags: 0 });
    await client.call('domainGetCpuStats', { dom, nparams: 3, startCpu: -1, ncpus: 1, flags: 0 });
    await client.call('domainMemoryStats', { dom, maxStats: 10, flags: 0 });
  }
}
