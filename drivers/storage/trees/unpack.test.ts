import { createHash } from 'node:crypto';
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { pack, type Header } from 'tar-stream';
import { getAttribute } from '../../../native/ffi/xattr.ts';
import { LibvirtError } from '../../contract/error.ts';
import { unpackingSink } from './unpacking-sink.ts';

type Entry = Partial<Header> & { readonly name: string; readonly text?: string | Buffer };

async function tar(...entries: Entry[]): Promise<Buffer> {
  const archive = pack();
  for (const { text = '', ...header } of entries) {
    if (header.type === 'symlink') archive.entry(header);
    else archive.entry(header, text);
  }
  archive.finalize();
  return await buffer(archive);
}

const link = (name: string, linkname: string): Entry => ({ name, type: 'symlink', linkname });

/** A tree inside of a directory of its own: what leaves the tree is seen there. */
function makeTree(t: ExecutionContext): { tree: string; outside: string } {
  const outside = mkdtempSync(join(tmpdir(), 'lxvirtd-unpack-'));
  t.teardown(() => rmSync(outside, { recursive: true, force: true }));
  mkdirSync(join(outside, 'tree'), 0o755);
  return { tree: join(outside, 'tree'), outside };
}

async function upload(tree: string, archive: Buffer): Promise<void> {
  const sink = await unpackingSink(tree, { offset: 0n, length: 0n });
  try {
    for (let at = 0; at < archive.length; at += 3000) await sink.write(archive.subarray(at, at + 3000));
  } catch (error) {
    await sink.abort();
    throw error;
  }
  await sink.finish();
}

const system: Entry[] = [
  { name: './', type: 'directory', mode: 0o755 },
  { name: 'usr/bin/', type: 'directory', mode: 0o755 },
  link('bin', 'usr/bin'),
  { name: 'bin/su', text: 'program', mode: 0o4755, uid: 5, gid: 6 },
  { name: 'su', type: 'link', linkname: 'usr/bin/su' },
  { name: `${'d'.repeat(90)}/${'f'.repeat(120)}`, text: 'long' },
  { name: 'dev/null', type: 'character-device', devmajor: 1, devminor: 3 },
];

for (const [compression, compress] of [
  ['no compression', (bytes: Buffer) => bytes],
  ['gzip', gzipSync],
  ['zstd', zstdCompressSync],
] as const)
  test(`a root tree is unpacked from a tar with ${compression}, and its ids count from the tree's owner`, async t => {
    const { tree } = makeTree(t);
    chownSync(tree, 100_000, 200_000);
    await upload(tree, compress(await tar(...system)));
    const program = lstatSync(join(tree, 'usr/bin/su'));
    t.is(program.mode & 0o7777, 0o4755);
    t.deepEqual([program.uid, program.gid, program.nlink], [100_005, 200_006, 2]);
    t.is(readlinkSync(join(tree, 'bin')), 'usr/bin');
    t.is(lstatSync(join(tree, 'bin')).uid, 100_000);
    t.is(readFileSync(join(tree, 'd'.repeat(90), 'f'.repeat(120)), 'utf8'), 'long');
    t.false(existsSync(join(tree, 'dev/null')));
  });

test('capabilities of a shifted program are those of its guest', async t => {
  const { tree } = makeTree(t);
  chownSync(tree, 100_000, 100_000);
  const revision2 = Buffer.alloc(20);
  revision2.writeUInt32LE(0x0200_0001, 0);
  revision2.writeUInt32LE(1 << 10, 4);
  await upload(
    tree,
    await tar({ name: 'p', text: 'x', pax: { 'SCHILY.xattr.security.capability': revision2.toString('latin1') } }),
  );
  const fd = openSync(join(tree, 'p'), 'r');
  t.teardown(() => closeSync(fd));
  const capability = await getAttribute(fd, 'security.capability');
  t.is(capability?.readUInt32LE(0), 0x0300_0001);
  t.is(capability?.readUInt32LE(20), 100_000);
});

for (const [what, entries] of [
  ['leads up', [{ name: '../evil', text: 'x' }]],
  ['leads up later', [{ name: 'a/../../evil', text: 'x' }]],
  ['is absolute', [{ name: '/evil', text: 'x' }]],
  ['passes through a link out of the tree', [link('l', '/nowhere-of-this-host'), { name: 'l/evil', text: 'x' }]],
  ['is a hard link to a file of the host', [{ name: 'p', type: 'link', linkname: '/etc/passwd' }]],
  ['is a hard link that leads up', [{ name: 'p', type: 'link', linkname: '../../../../../../etc/passwd' }]],
  ['is a hard link through a link', [link('l', '/etc'), { name: 'p', type: 'link', linkname: 'l/passwd' }]],
  ['has an id beyond all', [{ name: 'p', text: 'x', pax: { uid: '4294967295' } }]],
] as [string, Entry[]][])
  test(`an archive is refused whose entry ${what}, and the tree is empty again`, async t => {
    const { tree, outside } = makeTree(t);
    const bytes = await tar({ name: 'first', text: 'x' }, ...entries);
    const error = await t.throwsAsync(upload(tree, bytes), { instanceOf: LibvirtError });
    t.regex(error?.message ?? '', /^invalid argument: the archive cannot be unpacked/);
    t.deepEqual(readdirSync(tree), []);
    t.deepEqual(readdirSync(outside), ['tree']);
  });

/** Of revision 3, whose root is the host's. */
function hostCapability(): Buffer {
  const revision3 = Buffer.alloc(24);
  revision3.writeUInt32LE(0x0300_0001, 0);
  revision3.writeUInt32LE(1 << 21, 4);
  return revision3;
}

test('capabilities that the archive gives to root of the host are those of the guest, too', async t => {
  const { tree } = makeTree(t);
  chownSync(tree, 100_000, 100_000);
  const pax = { 'SCHILY.xattr.security.capability': hostCapability().toString('latin1') };
  await upload(tree, await tar({ name: 'p', text: 'x', pax }));
  const fd = openSync(join(tree, 'p'), 'r');
  t.teardown(() => closeSync(fd));
  const capability = await getAttribute(fd, 'security.capability');
  t.is(capability?.readUInt32LE(20), 100_000);
});

/** A header that holds for all entries behind it, with records of its own. */
function globalHeader(number: number): Buffer {
  const keys = Array.from({ length: 100 }, (_, at) => `k${String(number * 100 + at).padStart(8, '0')}`);
  // "115 " counts itself
  const body = Buffer.from(keys.map(key => `115 ${key}=${'v'.repeat(100)}\n`).join(''));
  const header = Buffer.alloc(512);
  header.write('g', 0);
  header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('        g', 148);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, body, Buffer.alloc(-body.length & 511)]);
}

test('headers for all entries do not add up without end', async t => {
  const { tree } = makeTree(t);
  const headers = Array.from({ length: 50 }, (_, number) => globalHeader(number));
  const archive = Buffer.concat([...headers, await tar({ name: 'a', text: 'x' })]);
  await t.throwsAsync(upload(tree, archive), { message: /its global headers are too long/ });
  await upload(tree, Buffer.concat([globalHeader(1), await tar({ name: 'a', text: 'x' })]));
  t.deepEqual(readdirSync(tree), ['a']);
});

test('a tree is no other directory that a link in its place leads to', async t => {
  const { tree, outside } = makeTree(t);
  const other = join(outside, 'other');
  mkdirSync(other);
  const sink = await unpackingSink(tree, { offset: 0n, length: 0n });
  rmSync(tree, { recursive: true });
  symlinkSync(other, tree);
  await sink.write(await tar({ name: 'evil', text: 'x' })).catch(() => undefined);
  await sink.abort().catch(() => undefined);
  t.deepEqual(readdirSync(other), []);
});

test('pipes get their rights', async t => {
  const { tree } = makeTree(t);
  await upload(tree, await tar({ name: 'p', type: 'fifo', mode: 0o640 }));
  t.true(lstatSync(join(tree, 'p')).isFIFO());
  t.is(lstatSync(join(tree, 'p')).mode & 0o7777, 0o640);
});

test('links that lead out are followed inside of the tree, or replaced', async t => {
  const { tree, outside } = makeTree(t);
  await upload(
    tree,
    await tar(link('up', '../../..'), { name: 'up/evil', text: 'x' }, link('f', join(outside, 'evil')), {
      name: 'f',
      text: 'y',
    }),
  );
  t.is(readFileSync(join(tree, 'evil'), 'utf8'), 'x');
  t.is(readFileSync(join(tree, 'f'), 'utf8'), 'y');
  t.false(existsSync(join(outside, 'evil')));
});

test('what is no archive, or only half of one, is refused', async t => {
  const { tree } = makeTree(t);
  const whole = await tar(...system);
  for (const bytes of [
    Buffer.alloc(10_240),
    Buffer.alloc(5000, 'x'),
    whole.subarray(0, 2600),
    gzipSync(whole).subarray(0, 150),
  ]) {
    await t.throwsAsync(upload(tree, bytes), { message: /cannot be unpacked/ });
    t.deepEqual(readdirSync(tree), []);
  }
});

test('an upload that is broken off leaves the tree empty, and one into a full tree is refused', async t => {
  const { tree } = makeTree(t);
  const sink = await unpackingSink(tree, { offset: 0n, length: 0n });
  await sink.write((await tar(...system)).subarray(0, 3000));
  await sink.abort();
  t.deepEqual(readdirSync(tree), []);
  mkdirSync(join(tree, 'taken'));
  await t.throwsAsync(unpackingSink(tree, { offset: 0n, length: 0n }), { message: /is not empty/ });
});

async function image(layers: readonly Buffer[], spoil = false): Promise<Buffer> {
  const blobs: Entry[] = [];
  const put = (bytes: Buffer) => {
    const hash = createHash('sha256').update(bytes).digest('hex');
    blobs.push({ name: `blobs/sha256/${hash}`, text: spoil ? 'other' : bytes });
    return { digest: `sha256:${hash}`, size: bytes.length };
  };
  const manifest = put(Buffer.from(JSON.stringify({ schemaVersion: 2, layers: layers.map(put) })));
  const index = JSON.stringify({ schemaVersion: 2, manifests: [manifest] });
  return await tar(...blobs, { name: 'index.json', text: index }, { name: 'oci-layout', text: '{}' });
}

test('the layers of an OCI image lie one upon the other, and hide what they say', async t => {
  const { tree, outside } = makeTree(t);
  const lower = await tar(
    { name: 'etc/a', text: '1' },
    { name: 'etc/b', text: '1' },
    { name: 'opt/old/x', text: '1' },
    { name: 'usr/lib/', type: 'directory', mode: 0o755 },
    link('lib', 'usr/lib'),
  );
  const upper = await tar(
    { name: 'opt/new', text: '2' },
    { name: 'opt/.wh..wh..opq' },
    { name: 'etc/.wh.a' },
    { name: 'lib/so', text: '2' },
  );
  await upload(tree, await image([gzipSync(lower), upper]));
  t.deepEqual(readdirSync(join(tree, 'etc')), ['b']);
  t.deepEqual(readdirSync(join(tree, 'opt')), ['new']);
  t.deepEqual(readdirSync(join(tree, 'usr/lib')), ['so']);
  t.deepEqual(readdirSync(outside), ['tree']);
});

test('a blob that is not what its name says is refused', async t => {
  const { tree, outside } = makeTree(t);
  await t.throwsAsync(upload(tree, await image([await tar({ name: 'a', text: 'x' })], true)), { message: /damaged/ });
  t.deepEqual([readdirSync(tree), readdirSync(outside)], [[], ['tree']]);
});
