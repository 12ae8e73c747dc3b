import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type Host, openHost } from './harness/host.ts';
import { until } from './harness/until.ts';

let host: Host;

test.before(async () => {
  host = await openHost();
});
test.after.always(() => host[Symbol.asyncDispose]());

const field = (table: string, name: string): string | undefined =>
  new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(table)?.[1];

test.serial('virsh makes, watches and removes a pool', async t => {
  const path = join(host.directory, 'images');
  using life = host.terminal(['pool-event', '--event', 'lifecycle', '--loop']);
  using refreshes = host.terminal(['pool-event', '--event', 'refresh', '--loop']);
  await host.mustVirsh('pool-define-as', 'images', 'dir', '--target', path);
  await host.mustVirsh('pool-build', 'images');
  await host.mustVirsh('pool-start', 'images');
  await host.mustVirsh('pool-autostart', 'images');
  const info = await host.mustVirsh('pool-info', '--bytes', 'images');
  t.deepEqual(
    ['State', 'Persistent', 'Autostart'].map(name => field(info, name)),
    ['running', 'yes', 'yes'],
  );
  await writeFile(join(path, 'disk.img'), 'x');
  // The clients of the events may have come later than the first of these.
  await until('events arrive', async () => {
    await host.mustVirsh('pool-refresh', 'images');
    return refreshes.shown.includes(`event 'refresh' for storage pool images`);
  });
  t.regex(await host.mustVirsh('vol-list', 'images'), /disk\.img\s+\/.*\/images\/disk\.img/);
  t.regex(await host.mustVirsh('pool-list', '--details'), /images\s+running\s+yes\s+yes/);
  t.is((await host.mustVirsh('pool-name', (await host.mustVirsh('pool-uuid', 'images')).trim())).trim(), 'images');
  t.regex(await host.mustVirsh('pool-list', '--all', '--type', 'dir', '--name'), /images/);
  t.is((await host.mustVirsh('pool-list', '--all', '--type', 'logical', '--name')).trim(), '');
  await host.mustVirsh('pool-autostart', '--disable', 'images');
  await host.mustVirsh('pool-destroy', 'images');
  await life.expect(/storage pool images: Stopped/);
  t.is((await host.virsh(['pool-delete', 'images'])).status, 1);
  await host.mustVirsh('pool-undefine', 'images');
  await life.expect(/storage pool images: Undefined/);
  t.is((await host.mustVirsh('pool-list', '--all')).trim(), '');
});

test.serial('virsh edits a pool, and creates one that passes', async t => {
  const path = join(host.directory, 'passing');
  const xml = await host.mustVirsh('pool-define-as', 'x', 'dir', '--target', path, '--print-xml');
  const file = await host.file('pool.xml', xml);
  await host.mustVirsh('pool-create', file, '--build');
  t.is(field(await host.mustVirsh('pool-info', 'x'), 'Persistent'), 'no');
  await host.mustVirsh('pool-destroy', 'x');
  await host.mustVirsh('pool-create-as', 'x', 'dir', '--target', path);
  await host.mustVirsh('pool-destroy', 'x');
  await host.mustVirsh('pool-define', file, '--validate');
  await host.sandbox.mustRun('env', [
    'EDITOR=sed -i s,passing,edited,',
    'virsh',
    '-q',
    '-c',
    host.uri,
    'pool-edit',
    'x',
  ]);
  t.regex(await host.mustVirsh('pool-dumpxml', 'x', '--inactive'), /<path>.*\/edited<\/path>/);
  await host.mustVirsh('pool-undefine', 'x');
});

test.serial('virsh asks what pools there could be', async t => {
  t.regex(await host.mustVirsh('pool-capabilities'), /<pool type='netfs' supported='yes'>/);
  const rows = [
    [['find-storage-pool-sources', 'dir'], /pool type 'dir' does not support source discovery/],
    [['find-storage-pool-sources', 'netfs'], /hostname must be specified for netfs sources/],
    [['find-storage-pool-sources', 'nonsense'], /unknown storage pool type nonsense/],
    [['find-storage-pool-sources-as', 'iscsi', 'localhost'], /missing backend for pool type 5 \(iscsi\)/],
    [['pool-define-as', 'r', 'rbd', 'h', '-', '-', 'n'], /missing backend for pool type 9 \(rbd\)/],
  ] as const;
  for (const [args, message] of rows) {
    const { status, stderr } = await host.virsh(args);
    t.is(status, 1);
    t.regex(stderr, message);
  }
});

test.serial('virt-install and virt-manager make their default pool, and pools of the directories of disks', async t => {
  const path = join(host.directory, 'disks');
  await mkdir(path);
  const script = [
    'import sys',
    'from virtinst import StoragePool, VirtinstConnection, diskbackend',
    'connection = VirtinstConnection(sys.argv[1])',
    'connection.open(None, None)',
    // The steps of StoragePool.build_default_pool, in a place of our own.
    'pool = StoragePool(connection)',
    'pool.type, pool.name, pool.target_path = "dir", "default", sys.argv[2] + "/images"',
    'pool.install(build=True, create=True, autostart=True)',
    'path, volume, owner = diskbackend.manage_path(connection, sys.argv[2] + "/new.img")',
    'print(volume, owner.name(), StoragePool.lookup_default_pool(connection).name)',
  ].join('\n');
  const file = await host.file('pool.py', script);
  const program = ['PYTHONPATH=/usr/share/virt-manager', '/usr/bin/python3', file, host.uri, path];
  t.is((await host.sandbox.mustRun('env', program)).trim(), 'None disks default');
  t.regex(await host.mustVirsh('pool-list', '--autostart'), /default.*\n.*disks/);
  for (const pool of ['default', 'disks']) await host.mustVirsh('pool-destroy', pool);
});

test.serial('a daemon that starts again finds its pools as they were', async t => {
  const path = join(host.directory, 'again');
  await host.mustVirsh('pool-create-as', 'again', 'dir', '--target', path, '--build');
  await host.daemon?.stop();
  await host.restart();
  t.is(field(await host.mustVirsh('pool-info', 'again'), 'State'), 'running');
  await host.mustVirsh('pool-destroy', 'again');
  t.true(existsSync(path));
});

test.serial('the Python binding lists a thousand volumes while the pool is refreshed', async t => {
  const path = join(host.directory, 'many');
  await mkdir(path);
  execFileSync(
    'touch',
    Array.from({ length: 1000 }, (_, at) => join(path, `volume-${at}`)),
  );
  await host.mustVirsh('pool-create-as', 'many', 'dir', '--target', path);
  const script = [
    'import libvirt, sys, threading',
    'connection = libvirt.open(sys.argv[1])',
    'pool = connection.storagePoolLookupByName("many")',
    'threads = [threading.Thread(target=pool.refresh) for _ in range(4)]',
    '[thread.start() for thread in threads]',
    'sizes = {len(pool.listAllVolumes()) for _ in range(20)} | {pool.numOfVolumes()}',
    '[thread.join() for thread in threads]',
    'print(sizes, connection.storagePoolLookupByTargetPath(sys.argv[2]).name())',
  ].join('\n');
  const file = await host.file('many.py', script);
  t.is((await host.sandbox.mustRun('/usr/bin/python3', [file, host.uri, path])).trim(), '{1000} many');
  await host.mustVirsh('pool-destroy', 'many');
});
