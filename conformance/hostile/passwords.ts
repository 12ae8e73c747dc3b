import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** In the place of saslauthd, which checks passwords that clients send as they are: one that can be slow, and counts. */
export interface Passwords extends AsyncDisposable {
  /** For saslauthd_path of libsasl2's configuration. */
  readonly path: string;
  /** How long it takes to answer, in ms. */
  delay: number;
  /** How often it was asked. */
  asked: number;
  /** How many wait for it, and how many have at most. */
  waiting: number;
  mostWaiting: number;
}

const RIGHT = 'secret';

/** A request is four texts, each behind its length in two bytes: name, password, service and realm. Null: there is more to come. */
function passwordIn(bytes: Buffer): string | null {
  const texts: string[] = [];
  for (let at = 0; texts.length < 4;) {
    if (bytes.length < at + 2) return null;
    const end = at + 2 + bytes.readUInt16BE(at);
    if (bytes.length < end) return null;
    texts.push(bytes.toString('latin1', at + 2, end));
    at = end;
  }
  return texts[1] ?? null;
}

export async function openPasswords(): Promise<Passwords> {
  const directory = await mkdtemp('/var/tmp/lxvirtd-saslauthd-');
  const state = { path: join(directory, 'mux'), delay: 0, asked: 0, waiting: 0, mostWaiting: 0 };
  const answer = async (socket: Socket, password: string): Promise<void> => {
    state.asked += 1;
    state.waiting += 1;
    state.mostWaiting = Math.max(state.mostWaiting, state.waiting);
    await sleep(state.delay);
    state.waiting -= 1;
    const text = password === RIGHT ? 'OK' : 'NO';
    socket.end(Buffer.concat([Buffer.of(0, text.length), Buffer.from(text)]));
  };
  const server = createServer(socket => {
    let bytes = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const password = passwordIn(bytes);
      if (password !== null) void answer(socket.removeAllListeners('data'), password);
    });
  });
  server.listen(state.path);
  await once(server, 'listening');
  return Object.assign(state, {
    async [Symbol.asyncDispose]() {
      server.close();
      await rm(directory, { recursive: true });
    },
  });
}
