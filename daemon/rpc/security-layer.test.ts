import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import test from 'ava';
import { AuthType } from '../../protocol/programs/remote/auth.ts';
import type { AuthMethod } from '../auth/auth-method.ts';
import type { SecurityLayer } from './security-layer.ts';
import { errorOf, frame, parse, Proc, uint, until, type Incoming, type Outgoing } from './testing/peer.ts';
import { serving, type Serving } from './testing/serving.ts';

const MASK = 0x5a;
const masked = (bytes: Buffer): Buffer => Buffer.from(bytes.map(byte => byte ^ MASK));

/** A layer that is seen through, but cannot be taken for none. */
const mask: SecurityLayer = {
  encode: masked,
  decode(bytes) {
    if (bytes.includes('{ not masked }')) throw new Error('this was not made by the layer');
    return masked(bytes);
  },
};

/** Everybody is let in at the first word, and behind the mask. */
const masking: AuthMethod = {
  begin: () => AuthType.SASL,
  handlers: {
    authSaslInit(call) {
      call.protect(mask);
      call.client.authenticate('somebody');
      return { mechlist: 'MASK' };
    },
  },
};

const init: Outgoing = { proc: 67 };
const ask: Outgoing = { proc: Proc.connectGetType };
const open: Outgoing = { proc: Proc.connectOpen, payload: Buffer.concat([uint(0), uint(0)]) };

interface Masked {
  readonly socket: Socket;
  readonly arrived: Incoming[];
  closed: boolean;
}

/** A client of a port where `masking` is how to authenticate; what comes behind the first answer is unmasked. */
async function masquerade(s: Serving): Promise<Masked> {
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const address = free.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  free.close();
  await once(free, 'close');
  const { port } = address;
  await s.server.listen({ name: 'tcp', transport: 'tcp', host: '127.0.0.1', port, readOnly: false, auth: 'sasl' });
  const socket = connect(port, '127.0.0.1');
  const peer: Masked = { socket, arrived: [], closed: false };
  let bytes = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, peer.arrived.length === 0 ? chunk : masked(chunk)]);
    while (bytes.length >= 4 && bytes.length >= bytes.readUInt32BE(0)) {
      const size = bytes.readUInt32BE(0);
      peer.arrived.push(parse(bytes.subarray(0, size), []));
      bytes = bytes.subarray(size);
    }
  });
  socket.on('error', () => {});
  socket.on('close', () => (peer.closed = true));
  await once(socket, 'connect');
  return peer;
}

const wishes = { auth: { sasl: masking } };

test('all that follows the reply goes through the layer, however it is cut', async t => {
  await using s = await serving(wishes);
  const { socket, arrived } = await masquerade(s);
  socket.write(frame(init, 0));
  await until('the clear answer', () => arrived.length === 1);
  const bytes = masked(Buffer.concat([frame(open, 1), ...Array.from({ length: 50 }, (_, at) => frame(ask, at + 2))]));
  for (let at = 0; at < bytes.length; at += 37) {
    socket.write(bytes.subarray(at, at + 37));
    await new Promise(resolve => setImmediate(resolve));
  }
  await until('all answers', () => arrived.length === 52);
  t.true(arrived.slice(1).every(({ status }) => status === 0));
  t.true(
    [...s.server.clients.values()].every(
      ({ session }) => session.secure && session.identity.saslUserName === 'somebody',
    ),
  );
  socket.destroy();
});

test('a message behind the last one of the negotiation is not taken for the client’s', async t => {
  await using s = await serving(wishes);
  const peer = await masquerade(s);
  peer.socket.write(Buffer.concat([frame(init, 0), frame(open, 1), frame(ask, 2)]));
  await until('the connection is closed', () => peer.closed);
  t.true(peer.arrived.length <= 1);
});

test('neither is the beginning of one', async t => {
  await using s = await serving(wishes);
  const peer = await masquerade(s);
  peer.socket.write(Buffer.concat([frame(init, 0), frame(open, 1).subarray(0, 9)]));
  await until('the answer', () => peer.arrived.length === 1 || peer.closed);
  peer.socket.write(masked(frame(open, 1).subarray(9)));
  peer.socket.write(masked(frame(ask, 2)));
  // What came in the clear was read through the layer, and makes no message.
  await until('the connection is closed', () => peer.closed);
  t.true(peer.arrived.length <= 1);
});

test('what the layer does not accept ends the connection', async t => {
  await using s = await serving(wishes);
  const peer = await masquerade(s);
  peer.socket.write(frame(init, 0));
  await until('the clear answer', () => peer.arrived.length === 1);
  peer.socket.write(Buffer.from('{ not masked }'));
  await until('the connection is closed', () => peer.closed);
  await until('the client is gone', () => s.server.clients.size === 0);
  t.pass();
});

test('before the layer nothing but authentication is answered', async t => {
  await using s = await serving(wishes);
  const { socket, arrived } = await masquerade(s);
  socket.write(frame(ask, 0));
  await until('the answer', () => arrived.length === 1);
  const [answer] = arrived;
  t.like(answer === undefined ? null : errorOf(answer), { code: 39, message: 'authentication required' });
  socket.destroy();
});
