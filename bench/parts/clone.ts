import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun } from '../../conformance/harness/run.ts';
import { Client } from '../client.ts';
import { rootOf } from '../container.ts';
import type { Part } from '../part.ts';
import { median, timed } from '../statistics.ts';
import { activePool, poolDirectory } from '../storage.ts';
import { enter } from '../target.ts';

const ROUNDS = 5;
const volume = (name: string): string =>
  `<volume><name>${name}</name><capacity>0</capacity><target><format type='dir'/></target></volume>`;

/** A container's root tree out of another one, on btrfs. libvirtd copies no directories. */
export const clone: Part = {
  figures: { clone: { label: 'clone a root tree on btrfs', unit: 'ms' } },
  async measure(target) {
    if (target.name === 'libvirtd') return { clone: Number.NaN };
    using client = await Client.open(target.socket);
    const root = await rootOf(target);
    const path = await poolDirectory(target, 'clone');
    const image = join(target.directory, 'btrfs.img');
    await mustRun('truncate', ['--size', '512M', image]);
    await mustRun('mkfs.btrfs', ['--quiet', image]);
    // In the daemon's namespace: the mount ends with it.
    await enter(target, 'mount', ['-o', 'loop', image, path]);
    const pool = await activePool(client, 'clone', path);
    const { vol } = await client.call('storageVolCreateXml', { pool, xml: volume('origin'), flags: 0 });
    await enter(target, 'cp', ['-a', `${root}/.`, join(path, 'origin')]);
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const xml = volume(`clone-${round}`);
      times.push(await timed(() => client.call('storageVolCreateXmlFrom', { pool, xml, clonevol: vol, flags: 0 })));
    }
    await client.call('storagePoolDestroy', { pool });
    await enter(target, 'umount', [path]);
    await rm(image);
    return { clone: median(times) };
  },
};
