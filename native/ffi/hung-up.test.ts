import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, connect, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { haveHungUp } from './hung-up.ts';

/** Both ends of a connection; nothing is read from the accepted one. */
async function connected(t: ExecutionContext, where: 'tcp' | 'unix') {
  const server = createServer({ pauseOnConnect: true });
  server.listen(where === 'tcp' ? { port: 0, host: '127.0.0.1' } : { path: `\0${randomUUID()}` });
  await once(server, 'listening');
  const address = server.address();
  const client = connect(
    typeof address === 'object' && address !== null ? { port: address.port } : { path: address ?? '' },
  );
  client.on('error', () => {});
  const [accepted]: Socket[] = await once(server, 'connection');
  const handle: unknown = Reflect.get(accepted ?? {}, '_handle');
  const fd: unknown = Reflect.get(Object(handle), 'fd');
  if (typeof fd !== 'number') throw new Error('not accepted');
  t.teardown(() => {
    client.destroy();
    accepted?.destroy();
    server.close();
  });
  return { client, fd, hasGone: () => haveHungUp([fd])[0] === true };
}

/** What the kernel says of it is there within a moment. */
async function eventually(condition: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 500 && !condition(); tries += 1) await new Promise(resolve => setTimeout(resolve, 10));
  return condition();
}

for (const where of ['tcp', 'unix'] as const) {
  test(`who is there has not hung up, by ${where}`, async t => {
    const { client, hasGone } = await connected(t, where);
    t.false(hasGone());
    await new Promise(resolve => client.write('words', resolve));
    t.false(hasGone());
  });

  for (const [what, go] of Object.entries<(client: Socket) => unknown>({
    closed: client => client.destroy(),
    'closed after words that nobody has read': client => client.end('words'),
    reset: client => (where === 'tcp' ? client.resetAndDestroy() : client.destroy()),
  }))
    test(`who has ${what} has hung up, by ${where}`, async t => {
      const { client, hasGone } = await connected(t, where);
      go(client);
      t.true(await eventually(hasGone));
    });
}

test('of many sockets each is told apart', async t => {
  const all = await Promise.all([connected(t, 'tcp'), connected(t, 'unix'), connected(t, 'tcp')]);
  all[1].client.destroy();
  const sockets = all.map(({ fd }) => fd);
  await eventually(all[1].hasGone);
  t.deepEqual(haveHungUp(sockets), [false, true, false]);
  t.deepEqual(haveHungUp([]), []);
});
