import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { remoteError } from '../../protocol/error.ts';
import { FrameSplitter } from '../../protocol/frame.ts';
import { decodeHeader, MessageStatus } from '../../protocol/header.ts';
import { decodePayload } from '../../protocol/message.ts';
import { isEvent } from '../../protocol/procedure.ts';
import { lxc } from '../../protocol/programs/lxc.ts';
import { qemu } from '../../protocol/programs/qemu.ts';
import { remote } from '../../protocol/programs/remote.ts';
import { AUTH_LIST, call } from '../harness/raw-client.ts';
import { clientHello } from './attacks.ts';
import { dial, dialTls, enter, type Target } from './target.ts';
import { plainLogin, Talker } from './talker.ts';

/** Finds something out about a server, and tells it in a way that JSON can. */
type Probe = (target: Target) => Promise<unknown>;

/** Every call there is, but those that are there to authenticate. */
const closedCalls: readonly Buffer[] = [remote, lxc, qemu].flatMap(({ number, procedures }) =>
  Object.values(procedures).flatMap(procedure => {
    if (isEvent(procedure) || procedure.beforeAuth === true) return [];
    const message = call(procedure.number, 0);
    message.writeUInt32BE(number, 4);
    return message;
  }),
);

/** What is answered to a stranger: how often each error, and "done" what was not refused. */
const gate: Probe = async target => {
  const socket = await enter(target);
  const answers: Record<string, number> = {};
  const splitter = new FrameSplitter();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let left = closedCalls.length;
  socket.on('close', () => reject(new Error('the connection ended')));
  socket.on('data', (chunk: Buffer) =>
    splitter.push(chunk, frame => {
      const refused = decodeHeader(frame).status === MessageStatus.ERROR;
      const what = refused ? (decodePayload(remoteError, frame).message ?? '') : 'done';
      answers[what] = (answers[what] ?? 0) + 1;
      if ((left -= 1) === 0) resolve();
    }),
  );
  for (const message of closedCalls) socket.write(message);
  await promise;
  socket.destroy();
  return answers;
};

/** Whether the server ends the connection; it has ten seconds. */
async function ends(socket: Socket): Promise<boolean> {
  if (socket.closed) return true;
  const ended = await Promise.race([
    new Promise<boolean>(resolve => socket.once('close', () => resolve(true))),
    new Promise<boolean>(resolve => setTimeout(() => resolve(false), 10_000).unref()),
  ]);
  socket.destroy();
  return ended;
}

const goesOn = (socket: TLSSocket): Promise<boolean> =>
  new Promise(resolve => {
    socket.once('data', (bytes: Buffer) => resolve(bytes[0] === 1));
    socket.once('close', () => resolve(false));
  });

/** Whether a client that is in may shake hands again. */
const renegotiation: Probe = async target => {
  const socket = dialTls(target, { maxVersion: 'TLSv1.2' });
  if (!(await goesOn(socket))) throw new Error('not let in');
  const again = new Promise<boolean>(resolve => socket.renegotiate({}, error => resolve(error === null)));
  const silence = new Promise<boolean>(resolve => setTimeout(() => resolve(false), 1000));
  const outcome = await Promise.race([again, silence, ends(socket.resume()).then(() => false)]);
  socket.destroy();
  return outcome;
};

/** What the server says, at first, to bytes that come without TLS or with another one. */
async function firstBytes(target: Target, bytes: Buffer): Promise<number[]> {
  const socket = dial(target);
  socket.write(bytes);
  const said: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => said.push(chunk));
  if (!(await ends(socket))) throw new Error('the connection stays');
  return [...Buffer.concat(said).subarray(0, 7)];
}

/** TLS 1.1, which this client does not speak either. */
const oldVersion: Probe = async target => {
  const hello = await clientHello({ maxVersion: 'TLSv1.2' });
  hello.writeUInt16BE(0x0302, 9);
  return firstBytes(target, hello);
};

const plaintext: Probe = target => firstBytes(target, call(AUTH_LIST, 0));

/** Whether a certificate that will do, with more behind it than anybody has, lets in. */
const longChain: Probe = async target => {
  const { pki = '' } = target;
  const [own, authority] = ['clientcert.pem', 'cacert.pem'].map(name => readFileSync(join(pki, name), 'utf8'));
  const socket = dialTls(target, { cert: `${own}${authority?.repeat(200)}` });
  const outcome = await goesOn(socket);
  socket.destroy();
  return outcome;
};

/** Whether a client is let in without a handshake of its own: by what it has kept of the one before. */
const resumption: Probe = async target => {
  const first = dialTls(target, { maxVersion: 'TLSv1.2' });
  await goesOn(first);
  const session = first.getSession();
  const second = dialTls(target, { maxVersion: 'TLSv1.2', ...(session === undefined ? {} : { session }) });
  await goesOn(second);
  const resumed = second.isSessionReused();
  for (const socket of [first, second]) socket.destroy();
  return resumed;
};

/** The client is in, or in the middle of its handshake, and says that it has nothing more to say. */
const halfClose: Probe = async target => {
  const early = dial(target).resume();
  early.end(await clientHello());
  const late = dialTls(target);
  await goesOn(late);
  late.end();
  return [await ends(early), await ends(late.resume())];
};

/** In ms, until the first call of somebody new has been answered. */
const knock: Probe = async target => {
  const began = performance.now();
  using talker = await Talker.enter(target);
  const { code } = await talker.call('authList');
  return code === 0 ? performance.now() - began : code;
};

/** Whether the right password lets in. */
const login: Probe = async target => {
  using talker = await Talker.enter(target);
  await talker.call('authSaslInit');
  const { code } = await talker.call('authSaslStart', plainLogin('fred', 'secret'));
  return code === 0 ? await talker.open() : code;
};

export const probes = {
  gate,
  renegotiation,
  oldVersion,
  plaintext,
  longChain,
  resumption,
  halfClose,
  knock,
  login,
} as const satisfies Readonly<Record<string, Probe>>;

export type ProbeName = keyof typeof probes;
