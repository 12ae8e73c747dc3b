import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { AUTH_LIST, call } from '../harness/raw-client.ts';
import { dial, dialTls, type Target } from './target.ts';
import { plainLogin, Talker, type Answer } from './talker.ts';

/** Goes on until it is told to stop; resolves to how often it has done what it does, and what it was answered. */
export type Attack = (target: Target, stop: AbortSignal) => Promise<Readonly<Record<string, number>>>;

/** Clients in a crowd. */
export const CROWD = 5000;

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** Does something `perSecond` times a second, as far as there is time for it. */
async function often(perSecond: number, stop: AbortSignal, act: () => void): Promise<number> {
  const began = performance.now();
  let done = 0;
  while (!stop.aborted) {
    const due = ((performance.now() - began) * perSecond) / 1000;
    for (; done < due; done += 1) act();
    await sleep(10);
  }
  return done;
}

/** Keeps `count` connections open, each made anew as soon as it has ended. */
async function keep(count: number, stop: AbortSignal, open: () => Socket): Promise<number> {
  let made = 0;
  const live = new Set<Socket>();
  await often(100, stop, () => {
    for (; live.size < count; made += 1) {
      const socket = open();
      live.add(socket);
      socket.once('close', () => live.delete(socket));
    }
  });
  for (const socket of live) socket.destroy();
  return made;
}

/** Sends bytes one at a time. */
async function drip(socket: Socket, bytes: Buffer, pause: number): Promise<void> {
  for (let at = 0; !socket.destroyed; at += 1) {
    socket.write(bytes.subarray(at % bytes.length, (at % bytes.length) + 1));
    await sleep(pause);
  }
}

/** The first words of a client of TLS. */
export async function clientHello(options: ConnectionOptions = {}): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const wire = new Duplex({ read: () => undefined, write: (chunk: Buffer) => resolve(chunk) });
  const socket = connectTls({ socket: wire, servername: 'localhost', rejectUnauthorized: false, ...options });
  socket.on('error', reject);
  const hello = await promise;
  socket.destroy();
  return hello;
}

const opening = async ({ kind }: Target): Promise<Buffer> => (kind === 'tls' ? clientHello() : call(AUTH_LIST, 0));

/** A message, and its length, and the hello of TLS, byte by byte. */
const slowloris: Attack = async (target, stop) => {
  const bytes = await opening(target);
  const connections = await keep(40, stop, () => {
    const socket = dial(target).resume();
    void drip(socket, bytes, 40);
    return socket;
  });
  return { connections };
};

/** A step of SASL byte by byte, by clients that are so far. */
const slowSteps: Attack = async (target, stop) => {
  const connections = await keep(15, stop, () => {
    const socket = target.kind === 'tls' ? dialTls(target) : dial(target);
    const talker = new Talker(socket.resume());
    const start = talker.compose('authSaslStart', plainLogin('fred', 'x'.repeat(60)));
    void talker.call('authSaslInit').then(() => drip(socket, start, 40));
    return socket;
  });
  return { connections };
};

/** Connections that nothing is said on. */
const silence: Attack = async (target, stop) => ({ connections: await keep(60, stop, () => dial(target).resume()) });

/** Connects, and goes at once. */
const storm: Attack = async (target, stop) => ({
  connections: await often(500, stop, () => {
    const socket = dial(target);
    socket.once('connect', () => socket.destroy());
  }),
});

/** Says that a message of 64 MiB comes, and sends some of it. */
const giants: Attack = async (target, stop) => ({
  connections: await often(100, stop, () => {
    const socket = dial(target).resume();
    socket.write(Buffer.concat([word(64 << 20), Buffer.alloc(32 << 10)]));
  }),
});

/** Tries again and again, on connection after connection, many at a time; counts what it is refused. */
async function insist(
  target: Target,
  stop: AbortSignal,
  attempt: (talker: Talker) => Promise<Answer>,
): Promise<{ readonly refused: number }> {
  let refused = 0;
  const goOn = async (): Promise<void> => {
    while (!stop.aborted) {
      using talker = await Talker.enter(target).catch(() => null);
      if (talker === null) await sleep(20);
      else while (!talker.gone) if ((await attempt(talker)).code > 0) refused += 1;
    }
  };
  const tries = Promise.all(Array.from({ length: 20 }, goOn));
  await Promise.race([tries, once(stop, 'abort')]);
  return { refused };
}

/** Guesses passwords. */
const guesses: Attack = (target, stop) =>
  insist(target, stop, async talker => {
    await talker.call('authSaslInit');
    return talker.call('authSaslStart', plainLogin('fred', 'guess'));
  });

/** Asks for a password to be looked at, and goes in the middle of it. */
const deserters: Attack = async (target, stop) => ({
  connections: await often(5, stop, () => void desert(target)),
});

async function desert(target: Target): Promise<void> {
  const talker = await Talker.enter(target);
  await talker.call('authSaslInit');
  void talker.call('authSaslStart', plainLogin('fred', 'secret'));
  setTimeout(() => talker.socket.destroy(), 150);
}

/** Many clients that are in, and make no calls. */
const crowd: Attack = async (target, stop) => {
  const talkers: Talker[] = [];
  let coming = 0;
  const come = async (): Promise<void> => {
    while (coming < CROWD && !stop.aborted) {
      coming += 1;
      const talker = await Talker.enter(target);
      talkers.push(talker);
      if ((await talker.open()) !== 0) throw new Error('not let in');
    }
  };
  await Promise.all(Array.from({ length: 20 }, come));
  if (!stop.aborted) await once(stop, 'abort');
  return { connections: talkers.filter(({ gone }) => !gone).length };
};

/** Asks polkit. */
const requests: Attack = (target, stop) => insist(target, stop, talker => talker.call('authPolkit'));

/** What is no TLS. */
const garbage: Attack = async (target, stop) => ({
  connections: await often(300, stop, () => dial(target).resume().end(randomBytes(600))),
});

/** Hellos that the server works on, and nobody waits for what it says. */
const hellos: Attack = async (target, stop) => {
  const hello = await clientHello();
  const connections = await often(300, stop, () => {
    const socket = dial(target);
    socket.write(hello);
    socket.once('data', () => socket.destroy());
  });
  return { connections };
};

/** Whole handshakes of who has no certificate. */
const nobodies: Attack = async (target, stop) => ({
  connections: await often(100, stop, () => void dialTls(target, { cert: '', key: '' }).resume()),
});

export const attacks = {
  slowloris,
  slowSteps,
  silence,
  storm,
  giants,
  guesses,
  requests,
  deserters,
  crowd,
  garbage,
  hellos,
  nobodies,
} as const satisfies Readonly<Record<string, Attack>>;

export type AttackName = keyof typeof attacks;
