import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../client.ts';
import { define, documentOf, remove, rootOf } from '../container.ts';
import type { Part } from '../part.ts';

const SECONDS = 3;
const COMMAND = `exec yes ${'0123456789'.repeat(10)}`;

/** How fast what a container prints without end comes out of its console. */
export const console: Part = {
  figures: { rate: { label: 'console output', unit: 'MB/s', more: true, budget: 1 } },
  async measure(target) {
    using client = await Client.open(target.socket);
    const dom = await define(client, documentOf('console', await rootOf(target), COMMAND));
    await client.call('domainCreate', { dom });
    let bytes = 0;
    client.onData = data => (bytes += data.length);
    using other = await Client.open(target.socket);
    await client.call('domainOpenConsole', { dom, devName: null, flags: 0 });
    await sleep(500);
    bytes = 0;
    const began = performance.now();
    await sleep(SECONDS * 1000);
    const rate = bytes / 1e6 / ((performance.now() - began) / 1000);
    await remove(other, dom);
    return { rate };
  },
};
