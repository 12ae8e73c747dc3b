import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions } from 'node:tls';
import test from 'ava';
import { Authority } from '../../certs/authority.ts';
import { pkiPlaces } from '../../certs/places.ts';
import type { Log } from '../../drivers/contract/log.ts';
import { TlsGate, type TlsSettings } from './tls-gate.ts';

const quiet = (): void => {};
const silent: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet };

const root = mkdtempSync(join(tmpdir(), 'lxvirtd-gate-'));
const places = pkiPlaces(root);
test.after.always(() => rmSync(root, { recursive: true }));

test.before(async () => {
  const authority = await Authority.create(places, 'Test', 1);
  await authority.issueTo(places.server, { use: 'server', name: 'localhost', hosts: ['localhost'], days: 1 });
  await authority.issueTo(places.client, { use: 'client', name: 'good', hosts: [], days: 1 });
});

const ca = (): string => readFileSync(places.authority.certificate, 'utf8');
const ownPair = (): ConnectionOptions => ({
  cert: readFileSync(places.client.certificate),
  key: readFileSync(places.client.key),
});

interface Gate {
  readonly server: Server;
  readonly admitted: (string | null)[];
}

async function openGate(settings: Partial<TlsSettings>): Promise<Gate> {
  const { certificate, key } = places.server;
  const files = { ca: ca(), cert: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8'), crl: null };
  const gate = new TlsGate(files, { verify: true, allowedNames: null, priority: null, ...settings }, silent);
  const admitted: (string | null)[] = [];
  const server = createServer(socket => {
    gate.admit(socket).then(
      ({ x509Name }) => admitted.push(x509Name),
      () => socket.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, admitted };
}

interface Visit {
  readonly session: Buffer | undefined;
  readonly goAhead: boolean;
  readonly resumed: boolean;
}

/** One connection, until the server lets the client in or does not. */
async function visit({ server }: Gate, options: ConnectionOptions): Promise<Visit> {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const client = connect({ host: '127.0.0.1', port: port ?? 0, servername: 'localhost', ca: ca(), ...options });
  let session: Buffer | undefined;
  let goAhead = false;
  let resumed = false;
  client.on('secureConnect', () => (resumed = client.isSessionReused()));
  client.on('session', given => (session = given));
  client.on('error', () => undefined);
  client.on('data', () => {
    goAhead = true;
    client.end();
  });
  await new Promise(resolve => client.once('close', resolve));
  return { session, goAhead, resumed };
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`each ${version} connection shows its certificate: none resumes another`, async t => {
    const gate = await openGate({});
    t.teardown(() => gate.server.close());
    const options = { ...ownPair(), maxVersion: version };
    const { session, goAhead } = await visit(gate, options);
    t.true(goAhead);
    const again = await visit(gate, { ...options, session });
    t.false(again.resumed);
    const bare = await visit(gate, { maxVersion: version, session });
    t.false(bare.goAhead);
    t.deepEqual(gate.admitted, ['O=Test,CN=good', 'O=Test,CN=good']);
  });

  test(`a ${version} client without a certificate comes in only where none is asked for`, async t => {
    const strict = await openGate({});
    t.teardown(() => strict.server.close());
    t.false((await visit(strict, { maxVersion: version })).goAhead);
    const lenient = await openGate({ verify: false, allowedNames: ['nobody'] });
    t.teardown(() => lenient.server.close());
    t.true((await visit(lenient, { maxVersion: version })).goAhead);
    t.deepEqual(lenient.admitted, [null]);
  });
}

test('an empty list of names lets nobody in', async t => {
  const gate = await openGate({ allowedNames: [] });
  t.teardown(() => gate.server.close());
  t.false((await visit(gate, ownPair())).goAhead);
  t.deepEqual(gate.admitted, []);
});
