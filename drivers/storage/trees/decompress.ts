import { spawn } from 'node:child_process';
import { Duplex, Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { findTool } from '../../../native/tools/find-tool.ts';
import { ByteReader } from './tar/byte-reader.ts';
import { invalidArchive } from './tar/invalid-archive.ts';

/** What xz may take to decompress: its highest setting needs 65 MiB. */
const XZ_MEMORY = '256MiB';

/** By the first bytes. Bombs are the reader's concern: here nothing is held. */
const compressions: readonly { readonly magic: Buffer; start(): Promise<Duplex> | Transform }[] = [
  { magic: Buffer.from('1f8b', 'hex'), start: () => createGunzip() },
  { magic: Buffer.from('28b52ffd', 'hex'), start: () => createZstdDecompress() },
  { magic: Buffer.from('fd377a585a00', 'hex'), start: startXz },
];

const MAGIC_MAX = 6;

/** The bytes of a stream, decompressed if they are compressed. */
export async function decompressed(chunks: AsyncIterable<Buffer>): Promise<ByteReader> {
  const reader = new ByteReader(chunks);
  const head = await reader.peek(MAGIC_MAX);
  const found = compressions.find(({ magic }) => head.subarray(0, magic.length).equals(magic));
  if (found === undefined) return reader;
  const stage = await found.start();
  const source = Readable.from(reader.rest(), { objectMode: true, highWaterMark: 1 });
  source.on('error', error => stage.destroy(error));
  return new ByteReader(piped(source, stage));
}

async function* piped(source: Readable, stage: Duplex): AsyncGenerator<Buffer> {
  source.pipe(stage);
  try {
    for await (const chunk of stage) if (Buffer.isBuffer(chunk)) yield chunk;
  } catch (error) {
    throw error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
      ? invalidArchive('it is damaged')
      : error;
  } finally {
    source.destroy();
    stage.destroy();
  }
}

async function startXz(): Promise<Duplex> {
  const program = findTool('xz');
  if (program === null) throw invalidArchive('it is compressed by xz, which is not installed');
  const args = ['--decompress', '--stdout', `--memlimit-decompress=${XZ_MEMORY}`];
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'], env: {} });
  const stage = Duplex.from({ readable: child.stdout, writable: child.stdin });
  const fail = (): Duplex => stage.destroy(invalidArchive('it is damaged'));
  stage.once('close', () => child.kill('SIGKILL'));
  child.once('error', fail);
  child.once('close', status => {
    if (status !== 0) fail();
  });
  return stage;
}
