import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { Collector } from './collector.ts';
import type { Format } from './exposition.ts';
import { MetricsEndpoint, type EndpointLimits } from './http.ts';
import { Metrics } from './metrics.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };

/** An end point on a socket of the test's own; tells its path. */
async function served(
  t: ExecutionContext,
  compose: (format: Format) => Promise<Buffer> = async () => Buffer.from('figures\n'),
  limits?: EndpointLimits,
): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'lxvirtd-metrics-'));
  const path = join(directory, 'sock');
  const endpoint = new MetricsEndpoint(compose, log, limits);
  await endpoint.listen({ name: 'metrics', readOnly: true, path, mode: 0o640, gid: null });
  t.teardown(async () => {
    await endpoint[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });
  return path;
}

interface Answer {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

async function ask(socketPath: string, path = '/metrics', method = 'GET', headers = {}): Promise<Answer> {
  const asked = request({ socketPath, path, method, headers }).end();
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  asked.on('error', reject);
  asked.on('response', response => {
    const { statusCode: status, headers } = response;
    text(response).then(body => resolve({ status, type: headers['content-type'], body }), reject);
  });
  return promise;
}

/** All that comes back for bytes of any kind. */
async function raw(path: string, bytes: string): Promise<string> {
  const socket = connect(path);
  socket.on('error', () => {});
  socket.write(bytes);
  return await text(socket).catch(() => '');
}

test('figures are at one path, for those who want to read', async t => {
  const path = await served(t);
  t.is(statSync(path).mode & 0o777, 0o640);
  const type = 'text/plain; version=0.0.4; charset=utf-8';
  t.deepEqual(await ask(path), { status: 200, type, body: 'figures\n' });
  t.like(await ask(path, '/metrics?x=1'), { status: 200 });
  t.deepEqual(await ask(path, '/metrics', 'HEAD'), { status: 200, type, body: '' });
  for (const other of ['/', '/metrics/', '/metricsx', '//metrics', '/../metrics'])
    t.like(await ask(path, other), { status: 404 }, other);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])
    t.like(await ask(path, '/metrics', method), { status: 405 }, method);
});

for (const [accept, format] of [
  [undefined, 'text'],
  ['*/*', 'text'],
  ['text/plain;version=0.0.4', 'text'],
  ['application/openmetrics-text;version=0.0.1', 'text'],
  ['application/openmetrics-text; version=1.0.0; charset=utf-8,text/plain;q=0.5', 'openMetrics'],
] as const)
  test(`who accepts ${accept} gets ${format}`, async t => {
    const path = await served(t, async format => Buffer.from(format));
    const { body } = await ask(path, '/metrics', 'GET', accept === undefined ? {} : { accept });
    t.is(body, format);
  });

test('what cannot be collected is an error of the server, and says nothing of why', async t => {
  const path = await served(t, () => Promise.reject(new Error('a secret')));
  const { status, body } = await ask(path);
  t.is(status, 500);
  t.false(body.includes('secret'));
});

const GET = 'GET /metrics HTTP/1.1\r\nHost: x\r\n';

test('a connection is good for one request, also for who asks for more', async t => {
  const path = await served(t);
  t.is((await raw(path, `${GET}Connection: keep-alive\r\n\r\n`.repeat(5))).match(/^HTTP/gm)?.length, 1);
});

for (const [title, bytes, answer] of [
  ['a large header', `${GET}X: ${'x'.repeat(64 << 10)}\r\n\r\n`, /^(HTTP\/1.1 431 |$)/],
  ['very many headers', `${GET}${'a: b\r\n'.repeat(20_000)}\r\n`, /^(HTTP\/1.1 431 |$)/],
  ['no HTTP', '\0\x01\x02'.repeat(100), /^HTTP\/1.1 400 /],
  ['no host', 'GET /metrics HTTP/1.1\r\n\r\n', /^HTTP\/1.1 400 /],
  ['two lengths', `${GET}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, /^HTTP\/1.1 400 /],
  ['a tunnel', 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n', /^$/],
  ['an upgrade', `${GET}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`, /^HTTP\/1.1 200 /],
  ['a body', `${GET}Content-Length: 4\r\n\r\nbody`, /^HTTP\/1.1 200 /],
] as const)
  test(`${title} does no harm`, async t => {
    const path = await served(t);
    t.regex(await raw(path, bytes), answer);
    t.like(await ask(path), { status: 200 });
  });

/** Resolves when the other side has ended the connection. */
const ended = (socket: Socket): Promise<void> =>
  new Promise(resolve => {
    socket.on('error', () => {}).resume();
    if (socket.closed) resolve();
    else socket.on('close', () => resolve());
  });

test('who is slow to ask or to read is cut off, and those who wait come in', async t => {
  const large = Buffer.alloc(4 << 20, 'x');
  const path = await served(t, async () => large, { connections: 3, life: 3000 });
  const silent = connect(path);
  const dripping = connect(path);
  const deaf = connect(path)
    .on('error', () => {})
    .pause();
  dripping.on('error', () => {}).write('GET /metrics HTTP/1.1\r\n');
  const drip = setInterval(() => dripping.write('a: b\r\n'), 100);
  t.teardown(() => clearInterval(drip));
  deaf.write(`${GET}\r\n`);
  const inTheQueue = ask(path);
  await Promise.all([ended(silent), ended(dripping)]);
  clearInterval(drip);
  t.is((await inTheQueue).body.length, large.length);
  deaf.destroy();
});

/** Asks until there is an answer. */
async function until<T>(ask: () => Promise<T | null>): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > deadline) throw new Error('waited in vain');
    await sleep(20);
  }
}

test('what many ask for at once is collected once, and anew when it is old', async t => {
  let count = 0;
  const collector = new Collector([
    async () => {
      count += 1;
      await new Promise(setImmediate);
      if (count === 1) throw new Error('the first time');
    },
  ]);
  const all = await Promise.allSettled(Array.from({ length: 20 }, () => collector.text('text')));
  t.true(all.every(({ status }) => status === 'rejected'));
  t.is(count, 1);
  const again = await until(() => collector.text('openMetrics').catch(() => null));
  t.is(count, 2);
  t.regex(String(again), /^lxvirtd_scrape_duration_seconds [\d.e-]+\n# EOF\n$/m);
});

test('a socket lies below the root of its daemon, and goes with it', async t => {
  const root = mkdtempSync(join(tmpdir(), 'lxvirtd-metrics-'));
  t.teardown(() => rmSync(root, { recursive: true }));
  const path = join(root, 'run/x');
  const metrics = new Metrics(log);
  await metrics.serve({ address: { kind: 'unix', path: '/run/x' }, root, mode: 0o600, gid: null }, [], {});
  t.is(statSync(path).mode & 0o777, 0o600);
  t.regex((await ask(path)).body, /^process_open_fds \d+$/m);
  await metrics[Symbol.asyncDispose]();
  t.is(statSync(path, { throwIfNoEntry: false }), undefined);
});
