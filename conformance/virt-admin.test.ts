import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test from 'ava';
import { openHost, type Host } from './harness/host.ts';
import type { Outcome } from './harness/run.ts';
import { until } from './harness/until.ts';
import { mustVirtAdmin, virtAdmin } from './harness/virt-admin.ts';

let host: Host;

test.before(async () => {
  host = await openHost();
});
test.after.always(() => host[Symbol.asyncDispose]());

/** Where the daemon's sockets are. */
const sockets = (): string => dirname(host.daemon?.socket ?? '');

const admin = (...args: string[]): Promise<Outcome> => virtAdmin(host, ...args);
const mustAdmin = (...args: string[]): Promise<string> => mustVirtAdmin(host, ...args);

/** The rows of "name : value". */
const figures = (text: string): Record<string, string> =>
  Object.fromEntries(text.split('\n').map(line => line.split(/\s*:\s/).map(word => word.trim())));

test.serial('virt-admin finds the servers of the daemon', async t => {
  t.regex(await mustAdmin('version'), /Running against daemon: 9\.0\.0/);
  t.regex(await mustAdmin('server-list'), / 0 +admin\n 1 +libvirtd/);
  const { status, stderr } = await admin('server-clients-info', 'nope');
  t.is(status, 1);
  t.regex(stderr, /Server not found: No server named 'nope'/);
});

test.serial('virt-admin knows a client and sends it away', async t => {
  using client = host.terminal(['event', '--all', '--loop']);
  const idOfClient = async (): Promise<string | undefined> =>
    / (\d+) +unix /.exec(await mustAdmin('client-list', 'libvirtd'))?.[1];
  const id = await until('the client', idOfClient);
  t.like(figures(await mustAdmin('client-info', 'libvirtd', id)), {
    id,
    transport: 'unix',
    readonly: 'no',
    unix_user_id: '0',
    unix_user_name: 'root',
    unix_group_id: '0',
    unix_group_name: 'root',
  });
  t.is(await mustAdmin('client-disconnect', 'libvirtd', id), `Client '${id}' disconnected`);
  await client.expect(/closed|end of file|error/i);
  t.is(await idOfClient(), undefined);
  const { stderr } = await admin('client-disconnect', 'libvirtd', id);
  t.regex(stderr, /Client not found: No client with matching ID/);
});

test.serial('virt-admin changes how many clients there may be', async t => {
  const limits = async (): Promise<Record<string, string>> =>
    figures(await mustAdmin('server-clients-info', 'libvirtd'));
  t.like(await limits(), { nclients_max: '5000', nclients_unauth_max: '20', nclients: '0', nclients_unauth: '0' });
  await mustAdmin('server-clients-set', 'libvirtd', '--max-clients', '1', '--max-unauth-clients', '1');
  t.like(await limits(), { nclients_max: '1', nclients_unauth_max: '1' });
  using first = host.terminal(['event', '--all', '--loop']);
  await until('the first client', async () => (await limits())['nclients'] === '1');
  // The second waits until there is room.
  const second = host.virsh(['uri']);
  t.is(await Promise.race([second.then(() => 'served'), mustAdmin('version').then(() => 'waits')]), 'waits');
  await mustAdmin('server-clients-set', 'libvirtd', '--max-clients', '5000', '--max-unauth-clients', '20');
  t.is((await second).status, 0);
  t.false(first.shown.includes('error'));
  const refused = await admin('server-clients-set', 'libvirtd', '--max-clients', '0');
  t.regex(refused.stderr, /invalid argument/);
});

test.serial('virt-admin shows and changes the workers', async t => {
  const wanted = ['--min-workers', '3', '--max-workers', '9', '--priority-workers', '2'];
  await mustAdmin('server-threadpool-set', 'libvirtd', ...wanted);
  t.deepEqual(figures(await mustAdmin('server-threadpool-info', 'libvirtd')), {
    minWorkers: '3',
    maxWorkers: '9',
    nWorkers: '3',
    freeWorkers: '3',
    prioWorkers: '2',
    jobQueueDepth: '0',
  });
  const { stderr } = await admin('server-threadpool-set', 'libvirtd', '--min-workers', '30');
  t.regex(stderr, /minWorkers cannot be larger than maxWorkers/);
});

test.serial('virt-admin changes what is logged, and where to', async t => {
  const before = await mustAdmin('daemon-log-outputs');
  const file = join(host.directory, 'admin.log');
  await mustAdmin('daemon-log-filters', '1:rpc 1:daemon');
  t.is(await mustAdmin('daemon-log-filters'), 'Logging filters: 1:rpc 1:daemon');
  await mustAdmin('daemon-log-outputs', `1:file:${file}`);
  t.is(await mustAdmin('daemon-log-outputs'), `Logging outputs: 1:file:${file}`);
  const { stderr } = await admin('daemon-log-filters', '9:x');
  t.regex(stderr, /Invalid priority '9' for filter '9:x'/);
  t.is(await mustAdmin('daemon-log-filters'), 'Logging filters: 1:rpc 1:daemon');
  await mustAdmin('daemon-log-filters', '');
  await mustAdmin('daemon-log-outputs', '');
  t.is(await mustAdmin('daemon-log-filters'), 'Logging filters:');
  t.not(before, '');
  t.is((await readFile(file, 'utf8')).includes('stack'), false);
});

test.serial('the certificates of a server without TLS are not read again', async t => {
  const { stderr } = await admin('server-update-tls', 'libvirtd');
  t.regex(stderr, /no tls service found, unable to update tls files/);
});

test.serial('only root administrates', async t => {
  const socket = join(sockets(), 'libvirt-admin-sock');
  const connecting = 'import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])';
  const asNobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
  const { status, stderr } = await host.sandbox.run('setpriv', [
    ...asNobody,
    '/usr/bin/python3',
    '-c',
    connecting,
    socket,
  ]);
  t.not(status, 0);
  t.regex(stderr, /PermissionError/);
});

test.serial('virt-admin ends a daemon that has been idle for long enough', async t => {
  t.is((await host.virsh(['uri'])).status, 0);
  await mustAdmin('daemon-timeout', '--timeout', '1');
  await until('the end of the daemon', () => !existsSync(join(sockets(), 'libvirt-sock')));
  t.pass();
});
