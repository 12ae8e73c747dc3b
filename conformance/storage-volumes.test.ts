import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, truncateSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { type Host, openHost } from './harness/host.ts';

const run = promisify(execFile);

let host: Host;
let pool: string;

test.before(async () => {
  host = await openHost();
  pool = join(host.directory, 'pool');
  mkdirSync(pool);
  await host.mustVirsh('pool-create-as', 'p', 'dir', '--target', pool);
});
test.after.always(() => host[Symbol.asyncDispose]());

async function info(volume: string): Promise<Record<string, string>> {
  const lines = (await host.mustVirsh('vol-info', volume, 'p', '--bytes')).trim().split('\n');
  return Object.fromEntries(lines.map(line => line.replace(/ bytes$/, '').split(/:\s+/)));
}

async function refusal(...args: readonly string[]): Promise<string> {
  const { status, stderr } = await host.virsh(args);
  return status === 0 ? 'no refusal' : stderr;
}

test.serial('a volume is made, found by each of its names, and deleted', async t => {
  await host.mustVirsh('vol-create-as', 'p', 'raw', '1M', '--allocation', '0');
  const path = join(pool, 'raw');
  t.is((await host.mustVirsh('vol-path', 'raw', 'p')).trim(), path);
  t.is((await host.mustVirsh('vol-key', 'raw', 'p')).trim(), path);
  t.is((await host.mustVirsh('vol-name', path)).trim(), 'raw');
  t.is((await host.mustVirsh('vol-pool', path)).trim(), 'p');
  t.regex(await host.mustVirsh('vol-list', 'p'), new RegExp(`raw\\s+${path}`));
  const facts = await info('raw');
  t.deepEqual([facts['Type'], facts['Capacity'], facts['Allocation']], ['file', '1048576', '0']);
  t.is(statSync(path).mode & 0o7777, 0o600);
  t.regex(await refusal('vol-create-as', 'p', 'raw', '1M'), /storage volume 'raw' exists already/);
  await host.mustVirsh('vol-delete', 'raw', 'p');
  t.false(existsSync(path));
  t.regex(await refusal('vol-info', 'raw', 'p'), /Storage volume not found/);
});

test.serial('names that leave the pool are refused, and links that do are no volumes', async t => {
  for (const name of ['../x', 'a/b', '..', '.']) t.not(await refusal('vol-create-as', 'p', name, '1M'), 'no refusal');
  symlinkSync('/etc/hostname', join(pool, 'link'));
  await host.mustVirsh('pool-refresh', 'p');
  t.notRegex(await host.mustVirsh('vol-list', 'p'), /link/);
});

test.serial('a volume grows, is allocated, and shrinks only when that is said', async t => {
  await host.mustVirsh('vol-create-as', 'p', 'size', '1M', '--allocation', '0');
  await host.mustVirsh('vol-resize', 'size', '3M', 'p');
  t.is((await info('size'))['Capacity'], '3145728');
  await host.mustVirsh('vol-resize', 'size', '1M', 'p', '--delta', '--allocate');
  t.true(Number((await info('size'))['Allocation']) >= 4 << 20);
  t.regex(await refusal('vol-resize', 'size', '1M', 'p'), /can't shrink capacity/i);
  await host.mustVirsh('vol-delete', 'size', 'p');
});

test.serial('what is uploaded is downloaded, as a whole and in part', async t => {
  const data = randomBytes(3_000_000);
  const from = await host.file('data', data);
  await host.mustVirsh('vol-create-as', 'p', 'bytes', '3000000');
  await host.mustVirsh('vol-upload', 'bytes', from, 'p');
  const back = join(host.directory, 'back');
  await host.mustVirsh('vol-download', 'bytes', back, 'p');
  t.true(readFileSync(back).equals(data));
  await host.mustVirsh('vol-download', 'bytes', back, 'p', '--offset', '1000', '--length', '500000');
  t.true(readFileSync(back).equals(data.subarray(1000, 501_000)));
  await host.mustVirsh('vol-upload', 'bytes', await host.file('part', 'part'), 'p', '--offset', '10', '--length', '4');
  t.is(readFileSync(join(pool, 'bytes')).toString('latin1', 10, 14), 'part');
  t.regex(await refusal('vol-upload', 'bytes', from, 'p', '--length', '10'), /cannot/);
  await host.mustVirsh('vol-delete', 'bytes', 'p');
});

test.serial('holes survive an upload and a download', async t => {
  const source = await host.file('holes', 'begin');
  truncateSync(source, 200 << 20);
  const handle = await open(source, 'r+');
  await handle.write('middle', 100 << 20);
  await handle.close();
  await host.mustVirsh('vol-create-as', 'p', 'sparse', '200M', '--allocation', '0');
  await host.mustVirsh('vol-upload', 'sparse', source, 'p', '--sparse');
  const back = join(host.directory, 'holes-back');
  await host.mustVirsh('vol-download', 'sparse', back, 'p', '--sparse');
  for (const path of [join(pool, 'sparse'), back]) {
    t.is(statSync(path).size, 200 << 20);
    t.true(statSync(path).blocks < 4096);
    await run('cmp', [source, path]);
  }
  t.pass();
});

test.serial('a hole takes the place of what was there', async t => {
  await host.mustVirsh('vol-create-as', 'p', 'filled', '4M');
  await host.mustVirsh('vol-upload', 'filled', await host.file('full', Buffer.alloc(4 << 20, 1)), 'p');
  const empty = await host.file('empty', '');
  truncateSync(empty, 4 << 20);
  await host.mustVirsh('vol-upload', 'filled', empty, 'p', '--sparse');
  t.true(readFileSync(join(pool, 'filled')).every(byte => byte === 0));
});

test.serial('a volume is cloned, wiped by every algorithm, and deleted with zeros', async t => {
  await host.mustVirsh('vol-create-as', 'p', 'original', '100K');
  await host.mustVirsh('vol-upload', 'original', await host.file('ones', Buffer.alloc(102_400, 1)), 'p');
  await host.mustVirsh('vol-clone', 'original', 'copy', 'p');
  t.true(readFileSync(join(pool, 'copy')).equals(readFileSync(join(pool, 'original'))));
  for (const algorithm of ['zero', 'nnsa', 'dod', 'bsi', 'gutmann', 'schneier', 'pfitzner7', 'pfitzner33', 'random'])
    await host.mustVirsh('vol-wipe', 'copy', 'p', '--algorithm', algorithm);
  t.false(readFileSync(join(pool, 'copy')).equals(readFileSync(join(pool, 'original'))));
  t.regex(await refusal('vol-wipe', 'copy', 'p', '--algorithm', 'trim'), /'trim' algorithm not supported/);
  await host.mustVirsh('vol-delete', 'copy', 'p');
});

test.serial('images of qemu are made, backed by another, converted and resized', async t => {
  await host.mustVirsh('vol-create-as', 'p', 'base.qcow2', '10M', '--format', 'qcow2');
  const backing = ['--backing-vol', 'base.qcow2', '--backing-vol-format', 'qcow2'];
  await host.mustVirsh('vol-create-as', 'p', 'top.qcow2', '10M', '--format', 'qcow2', ...backing);
  t.regex(
    await host.mustVirsh('vol-dumpxml', 'top.qcow2', 'p'),
    /<backingStore>\s+<path>.*base\.qcow2<\/path>\s+<format type='qcow2'/,
  );
  await host.mustVirsh('vol-resize', 'top.qcow2', '20M', 'p');
  t.is((await info('top.qcow2'))['Capacity'], String(20 << 20));
  for (const [name, command] of [
    ['base.qcow2', 'write -P 1 0 2M'],
    ['top.qcow2', 'write -P 2 1M 2M'],
  ] as const)
    await run('qemu-io', ['-c', command, join(pool, name)]);
  await host.mustVirsh('vol-clone', 'top.qcow2', 'flat.qcow2', 'p');
  t.is((await info('flat.qcow2'))['Capacity'], String(20 << 20));
  t.regex(await host.mustVirsh('vol-dumpxml', 'flat.qcow2', 'p'), /<backingStore>\s+<path>.*base\.qcow2<\/path>/);
  await run('qemu-img', ['compare', join(pool, 'top.qcow2'), join(pool, 'flat.qcow2')]);
});

test.serial('an image that leads to a file of the host is not opened for it', async t => {
  await run('qemu-img', [
    'create',
    '-q',
    '-f',
    'qcow2',
    '-u',
    '-b',
    '/etc/hostname',
    '-F',
    'raw',
    join(pool, 'thief'),
    '1M',
  ]);
  await host.mustVirsh('pool-refresh', 'p');
  t.regex(await refusal('vol-clone', 'thief', 'loot', 'p'), /operation forbidden.*no volume of an active pool/);
  t.false(existsSync(join(pool, 'loot')));
});

test.serial('a root tree is uploaded, cloned, runs, and is deleted', async t => {
  const tree = join(host.directory, 'tree');
  mkdirSync(join(tree, 'bin'), { recursive: true });
  await run('cp', ['/bin/busybox', join(tree, 'bin/sh')]);
  const archive = join(host.directory, 'tree.tar.gz');
  await run('tar', ['-czf', archive, '-C', tree, '.']);
  const document = "<volume><name>root</name><capacity>0</capacity><target><format type='dir'/></target></volume>";
  await host.mustVirsh('vol-create', 'p', await host.file('root.xml', document));
  await host.mustVirsh('vol-upload', 'root', archive, 'p');
  t.true(existsSync(join(pool, 'root/bin/sh')));
  await host.mustVirsh('vol-clone', 'root', 'guest', 'p');
  t.true(readFileSync(join(pool, 'guest/bin/sh')).equals(readFileSync('/bin/busybox')));
  await host.define(`<domain type='lxc'><name>guest</name><memory>65536</memory>
    <os><type>exe</type><init>/bin/sh</init><initarg>-c</initarg><initarg>read x</initarg></os>
    <devices><filesystem type='mount'><source dir='${pool}/guest'/><target dir='/'/></filesystem><console type='pty'/></devices></domain>`);
  await host.mustVirsh('start', 'guest');
  t.is((await host.mustVirsh('domstate', 'guest')).trim(), 'running');
  await host.mustVirsh('destroy', 'guest');
  await host.mustVirsh('undefine', 'guest');
  await host.mustVirsh('vol-delete', 'guest', 'p');
  await host.mustVirsh('vol-delete', 'root', 'p');
  t.false(readdirSync(pool).includes('root'));
});
