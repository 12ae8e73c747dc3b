import { writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '../client.ts';
import type { Part } from '../part.ts';
import { median, timed } from '../statistics.ts';
import { activePool, poolDirectory } from '../storage.ts';

const COUNT = 10_000;
const ROUNDS = 3;

/** A pool with very many volumes: find them, and look again. */
export const refresh: Part = {
  figures: {
    first: { label: `start a pool with ${COUNT} volumes, the first time`, unit: 'ms', budget: 1 },
    start: { label: 'start it again', unit: 'ms', budget: 1 },
    refresh: { label: 'refresh it', unit: 'ms', budget: 1 },
    list: { label: 'list them', unit: 'ms', budget: 1 },
  },
  async measure(target) {
    using client = await Client.open(target.socket);
    const path = await poolDirectory(target, 'refresh');
    for (let index = 0; index < COUNT; index += 1) writeFileSync(join(path, `volume-${index}.img`), 'content');
    let pool = await activePool(client, 'empty', await poolDirectory(target, 'empty'));
    await client.call('storagePoolDestroy', { pool });
    const start = (): Promise<number> => timed(async () => (pool = await activePool(client, 'refresh', path)));
    const first = await start();
    const starting: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await client.call('storagePoolDestroy', { pool });
      starting.push(await start());
    }
    const refreshing: number[] = [];
    const listing: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      refreshing.push(await timed(() => client.call('storagePoolRefresh', { pool, flags: 0 })));
      listing.push(await timed(() => client.call('storagePoolListAllVolumes', { pool, needResults: 1, flags: 0 })));
    }
    await client.call('storagePoolDestroy', { pool });
    await rm(path, { recursive: true });
    return { first, start: median(starting), refresh: median(refreshing), list: median(listing) };
  },
};
