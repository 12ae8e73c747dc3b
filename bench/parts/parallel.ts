import { Client } from '../client.ts';
import { type Domain, SLEEP, define, documentOf, remove, rootOf } from '../container.ts';
import type { Part } from '../part.ts';
import { median, timed } from '../statistics.ts';
import { type Target, kibibytes, procOf } from '../target.ts';

const COUNT = 100;
/** A daemon serves five calls of one client at once. */
const CLIENTS = 20;

/** Start a hundred containers at once, and weigh them. */
export const parallel: Part = {
  figures: {
    start: { label: `start ${COUNT} containers in parallel`, unit: 'ms' },
    controller: { label: 'memory (PSS) per running container', unit: 'KiB', budget: 0.02 },
    daemon: { label: `memory (RSS) of the daemon with ${COUNT} containers`, unit: 'MiB' },
  },
  async measure(target) {
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => Client.open(target.socket)));
    const [first] = clients;
    if (first === undefined) throw new Error('no client');
    const root = await rootOf(target);
    const domains: Domain[] = [];
    for (let index = 0; index < COUNT; index += 1) {
      domains.push(await define(first, documentOf(`parallel-${index}`, root, SLEEP)));
    }
    const share = COUNT / CLIENTS;
    const time = await timed(() =>
      Promise.all(
        clients.flatMap((client, index) =>
          domains.slice(index * share, (index + 1) * share).map(dom => client.call('domainCreate', { dom })),
        ),
      ),
    );
    const controllers = await Promise.all(domains.slice(0, 10).map(dom => controllerMemory(target, first, dom)));
    const daemon = await kibibytes(`/proc/${target.pid}/status`, 'VmRSS');
    await Promise.all(domains.map((dom, index) => remove(clients[index % CLIENTS] ?? first, dom)));
    for (const client of clients) client[Symbol.dispose]();
    return { start: time, controller: median(controllers), daemon: daemon / 1024 };
  },
};

/** A running domain's id is its controller's process. */
async function controllerMemory(target: Target, client: Client, dom: Domain): Promise<number> {
  const { dom: running } = await client.call('domainLookupByName', { name: dom.name });
  return kibibytes(`${procOf(target)}/${running.id}/smaps_rollup`, 'Pss');
}
