import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Infer } from '../protocol/xdr/index.ts';
import type { storagePool } from '../protocol/programs/remote/types.ts';
import type { Client } from './client.ts';
import type { Target } from './target.ts';

type Pool = Infer<typeof storagePool>;

/** The directory of a pool of that name. */
export async function poolDirectory(target: Target, name: string): Promise<string> {
  const path = join(target.directory, name);
  await mkdir(path, { recursive: true });
  return path;
}

/** A directory as a pool that is active until it is disposed of, or the daemon ends. */
export async function activePool(client: Client, name: string, path: string): Promise<Pool> {
  const xml = `<pool type='dir'><name>${name}</name><target><path>${path}</path></target></pool>`;
  return (await client.call('storagePoolCreateXml', { xml, flags: 0 })).pool;
}
