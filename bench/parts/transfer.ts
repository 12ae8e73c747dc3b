import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../conformance/harness/run.ts';
import { STREAM_DATA_MAX } from '../../protocol/limits.ts';
import { Client } from '../client.ts';
import type { Part } from '../part.ts';
import { timed } from '../statistics.ts';
import { activePool, poolDirectory } from '../storage.ts';
import { downloadPackets, uploadPackets } from '../streams.ts';

const PACKETS = 2048;
/** Very nearly half a GiB. */
const SIZE = PACKETS * STREAM_DATA_MAX;
/** Of each, in ms: what takes longer has no figure. */
const LIMIT = 6_000;

/** A file of 512 MiB to a volume and back: by virsh, and by a client that costs next to nothing itself. */
export const transfer: Part = {
  figures: {
    upload: { label: 'upload a volume of 512 MiB, by virsh', unit: 'MB/s', more: true, budget: 1 },
    again: { label: 'upload it again', unit: 'MB/s', more: true, budget: 1 },
    download: { label: 'download it', unit: 'MB/s', more: true, budget: 1 },
    rawUpload: { label: 'upload it, by a client that only sends', unit: 'MB/s', more: true, budget: 1 },
    rawDownload: { label: 'download it, by one that only receives', unit: 'MB/s', more: true, budget: 1 },
  },
  async measure({ directory, socket, ...target }) {
    using client = await Client.open(socket);
    const path = await poolDirectory({ directory, socket, ...target }, 'transfer');
    const pool = await activePool(client, 'transfer', path);
    const xml = `<volume><name>v</name><capacity>${SIZE}</capacity><allocation>0</allocation></volume>`;
    const { vol } = await client.call('storageVolCreateXml', { pool, xml, flags: 0 });
    const file = join(directory, 'transferred');
    await fill(file);
    const virsh = (command: string): Promise<number> => byVirsh(socket, [command, '--pool', 'transfer', 'v', file]);
    const times = {
      upload: await virsh('vol-upload'),
      again: await virsh('vol-upload'),
      download: await virsh('vol-download'),
      rawUpload: await uploadPackets(socket, vol, PACKETS),
      rawDownload: await downloadPackets(socket, vol, PACKETS),
    };
    await client.call('storagePoolDestroy', { pool });
    await rm(file);
    await rm(path, { recursive: true });
    return Object.fromEntries(Object.entries(times).map(([key, time]) => [key, SIZE / 1000 / time]));
  },
};

async function byVirsh(socket: string, args: readonly string[]): Promise<number> {
  let status = 0;
  const time = await timed(async () => {
    ({ status } = await run('virsh', ['-c', `lxc+unix:///?socket=${socket}`, ...args], { deadline: LIMIT }));
  });
  return status === 0 ? time : Number.NaN;
}

/** No holes: both daemons could skip them. */
async function fill(path: string): Promise<void> {
  await using file = await open(path, 'w');
  const piece = Buffer.alloc(STREAM_DATA_MAX, 'lxvirtd');
  for (let packets = PACKETS; packets > 0; packets -= 1) await file.write(piece);
}
