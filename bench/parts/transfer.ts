import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun } from '../../conformance/harness/run.ts';
import { Client } from '../client.ts';
import type { Part } from '../part.ts';
import { timed } from '../statistics.ts';
import { activePool, poolDirectory } from '../storage.ts';

const MIB = 1 << 20;
const SIZE = 1024 * MIB;
const LIMIT = 300_000;

/** A file of a GiB to a volume and back, by virsh. */
export const transfer: Part = {
  figures: {
    upload: { label: 'upload a volume of 1 GiB', unit: 'MB/s', more: true, budget: 1 },
    download: { label: 'download it', unit: 'MB/s', more: true, budget: 1 },
  },
  async measure(target) {
    using client = await Client.open(target.socket);
    const path = await poolDirectory(target, 'transfer');
    const pool = await activePool(client, 'transfer', path);
    const xml = `<volume><name>v</name><capacity>${SIZE}</capacity><allocation>0</allocation></volume>`;
    await client.call('storageVolCreateXml', { pool, xml, flags: 0 });
    const file = join(target.directory, 'transferred');
    await fill(file);
    const virsh = (command: string): Promise<number> => {
      const uri = `lxc+unix:///?socket=${target.socket}`;
      return timed(() => mustRun('virsh', ['-c', uri, command, '--pool', 'transfer', 'v', file], { deadline: LIMIT }));
    };
    const upload = await virsh('vol-upload');
    const download = await virsh('vol-download');
    await client.call('storagePoolDestroy', { pool });
    await rm(file);
    await rm(path, { recursive: true });
    return { upload: SIZE / 1000 / upload, download: SIZE / 1000 / download };
  },
};

/** No holes: both daemons could skip them. */
async function fill(path: string): Promise<void> {
  await using file = await open(path, 'w');
  const piece = Buffer.alloc(MIB, 'lxvirtd');
  for (let written = 0; written < SIZE; written += MIB) await file.write(piece);
}
