import { once } from 'node:events';
import type { Infer } from '../protocol/xdr/index.ts';
import { MessageStatus, MessageType } from '../protocol/header.ts';
import { PAYLOAD_OFFSET, STREAM_DATA_MAX } from '../protocol/limits.ts';
import { remote } from '../protocol/programs/remote.ts';
import type { storageVol } from '../protocol/programs/remote/types.ts';
import { Client } from './client.ts';

type Volume = Infer<typeof storageVol>;

const whole = { offset: 0n, length: 0n, flags: 0 };

/** The call behind those of `Client.open`. */
const SERIAL = 3;

/** Milliseconds that a daemon takes for `packets` full packets from a client that does nothing but send one again and again. */
export async function uploadPackets(path: string, vol: Volume, packets: number): Promise<number> {
  using client = await Client.open(path);
  const { socket } = client;
  await client.call('storageVolUpload', { vol, ...whole });
  const procedure = remote.procedures.storageVolUpload.number;
  const data = packet(procedure, MessageStatus.CONTINUE, STREAM_DATA_MAX);
  const began = performance.now();
  for (let left = packets; left > 0; left -= 1) if (!socket.write(data)) await once(socket, 'drain');
  const confirmed = once(socket, 'data');
  socket.write(packet(procedure, MessageStatus.OK, 0));
  await confirmed;
  return performance.now() - began;
}

/** Milliseconds until a client that does nothing but count has all of `packets` full packets. */
export async function downloadPackets(path: string, vol: Volume, packets: number): Promise<number> {
  using client = await Client.open(path);
  const { socket } = client;
  let left = packets * (PAYLOAD_OFFSET + STREAM_DATA_MAX);
  const began = performance.now();
  // Its reply counts, too, and is too short to matter.
  client.call('storageVolDownload', { vol, ...whole }).catch(() => undefined);
  socket.removeAllListeners('data');
  await new Promise<void>((resolve, reject) => {
    socket.on('data', ({ length }) => {
      left -= length;
      if (left <= 0) resolve();
    });
    socket.on('close', () => reject(new Error('the daemon closed the connection')));
  });
  return performance.now() - began;
}

function packet(procedure: number, status: number, length: number): Buffer {
  const bytes = Buffer.alloc(PAYLOAD_OFFSET + length, 'lxvirtd');
  const words = [bytes.length, remote.number, remote.version, procedure, MessageType.STREAM, SERIAL, status];
  for (const [index, word] of words.entries()) bytes.writeUInt32BE(word, index * 4);
  return bytes;
}
