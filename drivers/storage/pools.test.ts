import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import {
  ConnectListAllStoragePoolsFlags as List,
  ErrorCode,
  StoragePoolState,
  StorageXMLFlags,
} from '../contract/constants.ts';
import { LibvirtError } from '../contract/error.ts';
import type { PoolRef } from '../contract/storage-pools.ts';
import { directoryPool, storageFixture, type Fixture } from './testing/fixture.ts';

const WITH_BUILD = 1;
const UUID = '11111111-2222-3333-4444-555555555501';
const uuid = `<uuid>${UUID}</uuid>`;

async function refused(t: ExecutionContext, action: () => unknown, code: ErrorCode, message: RegExp): Promise<void> {
  const error = await t.throwsAsync(async () => await action(), { instanceOf: LibvirtError, message });
  t.is(error?.code, code);
}

/** An active directory pool "a" with these files. */
async function activePool({ driver, directory }: Fixture, files: readonly string[] = []): Promise<[PoolRef, string]> {
  const path = join(directory, 'a');
  mkdirSync(path);
  for (const name of files) writeFileSync(join(path, name), 'content');
  const pool = await driver.storagePoolDefineXml(directoryPool('a', path), 0);
  await driver.storagePoolCreate(pool, 0);
  return [pool, path];
}

test('a directory pool lives as with libvirt', async t => {
  const { driver, directory, events, paths } = await storageFixture(t);
  const path = join(directory, 'deep', 'a');
  const pool = await driver.storagePoolDefineXml(directoryPool('a', path), 0);
  await driver.storagePoolBuild(pool, 0);
  t.is(statSync(path).mode & 0o777, 0o711);
  t.is(statSync(join(directory, 'deep')).mode & 0o777, 0o755);
  await driver.storagePoolCreate(pool, 0);
  t.deepEqual(readdirSync(join(paths.run, 'storage')), ['a.xml']);
  t.is(driver.storagePoolGetInfo(pool).state, StoragePoolState.RUNNING);
  t.true(driver.storagePoolGetInfo(pool).capacity > 0n);
  t.regex(driver.storagePoolGetXmlDesc(pool, 0), /<mode>0711<\/mode>/);
  writeFileSync(join(path, 'disk'), 'x');
  await driver.storagePoolRefresh(pool, 0);
  t.deepEqual(driver.storagePoolListVolumes(pool), ['disk']);
  rmSync(join(path, 'disk'));
  await driver.storagePoolDestroy(pool);
  t.deepEqual(readdirSync(join(paths.run, 'storage')), []);
  await driver.storagePoolDelete(pool, 0);
  t.false(existsSync(path));
  await driver.storagePoolUndefine(pool);
  t.deepEqual(readdirSync(join(paths.etc, 'storage')), ['autostart']);
  t.deepEqual(
    events.map(event => (event.kind === 'lifecycle' ? event.event : event.kind)),
    [0, 4, 2, 'refresh', 3, 5, 1],
  );
});

test('a pool that another has is refused', async t => {
  const { driver, directory } = await storageFixture(t);
  const define = (xml: string) => () => driver.storagePoolDefineXml(xml, 0);
  const { uuid: own } = await driver.storagePoolDefineXml(directoryPool('a', `${directory}/a`), 0);
  const { OPERATION_FAILED } = ErrorCode;
  await refused(t, define(directoryPool('a', `${directory}/b`)), OPERATION_FAILED, /pool 'a' already exists with uuid/);
  await refused(
    t,
    define(directoryPool('b', `${directory}/b`, `<uuid>${own}</uuid>`)),
    OPERATION_FAILED,
    /pool 'a' is already defined with uuid/,
  );
  await refused(
    t,
    define(directoryPool('b', `${directory}//a/`)),
    OPERATION_FAILED,
    /Storage source conflict with pool: 'a'/,
  );
  await refused(
    t,
    define("<pool type='rbd'><name>r</name><source><host name='h'/></source></pool>"),
    1,
    /missing backend/,
  );
});

test('calls on a pool in the wrong state are refused as by libvirt', async t => {
  const fixture = await storageFixture(t);
  const { driver, directory } = fixture;
  const [pool] = await activePool(fixture);
  const { OPERATION_INVALID: invalid, INVALID_ARG } = ErrorCode;
  await refused(t, () => driver.storagePoolCreate(pool, 0), invalid, /storage pool 'a' is already active/);
  await refused(t, () => driver.storagePoolBuild(pool, 0), invalid, /storage pool 'a' is already active/);
  await refused(t, () => driver.storagePoolDelete(pool, 0), invalid, /storage pool 'a' is still active/);
  await refused(t, () => driver.storagePoolUndefine(pool), invalid, /storage pool 'a' is still active/);
  await refused(t, () => driver.storagePoolRefresh(pool, 1), INVALID_ARG, /unsupported flags \(0x1\) in function/);
  const again = directoryPool('a', `${directory}/a`, `<uuid>${pool.uuid}</uuid>`);
  await refused(t, () => driver.storagePoolCreateXml(again, 0), invalid, /pool is already active as 'a'/);
  await driver.storagePoolDestroy(pool);
  await refused(t, () => driver.storagePoolDestroy(pool), invalid, /storage pool 'a' is not active/);
  await refused(t, () => driver.storagePoolRefresh(pool, 0), invalid, /storage pool 'a' is not active/);
  await refused(t, () => driver.storagePoolListVolumes(pool), invalid, /storage pool 'a' is not active/);
  await refused(t, () => driver.storagePoolBuild(pool, 12), INVALID_ARG, /mutually exclusive/);
  await refused(t, () => driver.storagePoolBuild(pool, 4), invalid, /No source device specified when formatting/);
  await driver.storagePoolUndefine(pool);
  await refused(
    t,
    () => driver.storagePoolGetInfo(pool),
    ErrorCode.NO_STORAGE_POOL,
    /no storage pool with matching uuid/,
  );
});

test('a transient pool is gone when it stops, and when it cannot start', async t => {
  const { driver, directory, paths } = await storageFixture(t);
  const xml = directoryPool('t', join(directory, 't'));
  await refused(t, () => driver.storagePoolCreateXml(xml, 0), ErrorCode.SYSTEM_ERROR, /cannot open directory/);
  t.deepEqual(driver.connectListAllStoragePools(0), []);
  const pool = await driver.storagePoolCreateXml(xml, WITH_BUILD);
  t.false(driver.storagePoolIsPersistent(pool));
  t.deepEqual(readdirSync(join(paths.etc, 'storage')), ['autostart']);
  await refused(
    t,
    () => driver.storagePoolSetAutostart(pool, true),
    ErrorCode.INTERNAL_ERROR,
    /pool has no config file/,
  );
  t.deepEqual(driver.storagePoolLookupByTargetPath(`${directory}//t/`), pool);
  await driver.storagePoolDestroy(pool);
  t.deepEqual(driver.connectListAllStoragePools(0), []);
});

test('a new definition of an active pool counts after its stop', async t => {
  const fixture = await storageFixture(t);
  const { driver, directory } = fixture;
  const [pool, path] = await activePool(fixture);
  await driver.storagePoolDefineXml(directoryPool('a', `${directory}/b`, `<uuid>${pool.uuid}</uuid>`), 0);
  t.true(driver.storagePoolGetXmlDesc(pool, 0).includes(`<path>${path}</path>`));
  const next = driver.storagePoolGetXmlDesc(pool, StorageXMLFlags.STORAGE_XML_INACTIVE);
  t.true(next.includes(`<path>${directory}/b</path>`));
  t.regex(next, /<capacity unit='bytes'>0</);
  await driver.storagePoolDestroy(pool);
  t.is(driver.storagePoolGetXmlDesc(pool, 0), next);
});

test('a defined pool that is created otherwise is itself again when it stops', async t => {
  const { driver, directory } = await storageFixture(t);
  const pool = await driver.storagePoolDefineXml(directoryPool('a', `${directory}/a`, uuid), 0);
  const defined = driver.storagePoolGetXmlDesc(pool, 0);
  await driver.storagePoolCreateXml(directoryPool('a', `${directory}/other`, uuid), WITH_BUILD);
  t.true(driver.storagePoolIsPersistent(pool));
  t.true(driver.storagePoolGetXmlDesc(pool, 0).includes(`<path>${directory}/other</path>`));
  await driver.storagePoolDestroy(pool);
  t.is(driver.storagePoolGetXmlDesc(pool, 0), defined);
  await t.throwsAsync(driver.storagePoolCreateXml(directoryPool('a', `${directory}/missing`, uuid), 0));
  t.is(driver.storagePoolGetXmlDesc(pool, 0), defined);
});

test('pools are listed by what they are', async t => {
  const fixture = await storageFixture(t);
  const { driver, directory } = fixture;
  const [active] = await activePool(fixture);
  const inactive = await driver.storagePoolDefineXml(directoryPool('b', `${directory}/b`), 0);
  const transient = await driver.storagePoolCreateXml(directoryPool('c', `${directory}/c`), WITH_BUILD);
  await driver.storagePoolSetAutostart(inactive, true);
  const listed = (flags: number): string[] => driver.connectListAllStoragePools(flags).map(({ name }) => name);
  const rows = [
    [0, [active, inactive, transient]],
    [List.ACTIVE, [active, transient]],
    [List.INACTIVE, [inactive]],
    [List.PERSISTENT, [active, inactive]],
    [List.TRANSIENT, [transient]],
    [List.AUTOSTART, [inactive]],
    [List.NO_AUTOSTART | List.PERSISTENT, [active]],
    [List.DIR | List.FS, [active, inactive, transient]],
    [List.FS | List.ISCSI_DIRECT, []],
  ] as const;
  for (const [flags, expected] of rows)
    t.deepEqual(
      listed(flags),
      expected.map(({ name }) => name),
      String(flags),
    );
  t.deepEqual([driver.connectNumOfStoragePools(), driver.connectNumOfDefinedStoragePools()], [2, 1]);
  t.deepEqual(driver.connectListDefinedStoragePools(), ['b']);
  await refused(t, () => driver.connectListAllStoragePools(1 << 20), ErrorCode.INVALID_ARG, /0x100000/);
});

test('what is active stays so when the daemon starts again', async t => {
  const fixture = await storageFixture(t);
  const { driver, directory, restarted } = fixture;
  const [pool] = await activePool(fixture, ['kept']);
  const transient = await driver.storagePoolCreateXml(directoryPool('t', `${directory}/t`), WITH_BUILD);
  const gone = await driver.storagePoolCreateXml(directoryPool('gone', `${directory}/gone`), WITH_BUILD);
  await driver.storagePoolDefineXml(directoryPool('a', `${directory}/b`, `<uuid>${pool.uuid}</uuid>`), 0);
  rmSync(`${directory}/gone`, { recursive: true });
  await driver.close();
  const next = await restarted();
  t.deepEqual(next.connectListStoragePools().toSorted(), ['a', 't']);
  t.deepEqual(next.storagePoolListVolumes(pool), ['kept']);
  t.false(next.storagePoolIsPersistent(transient));
  await refused(t, () => next.storagePoolGetInfo(gone), ErrorCode.NO_STORAGE_POOL, /gone/);
  await next.storagePoolDestroy(pool);
  t.true(next.storagePoolGetXmlDesc(pool, 0).includes(`<path>${directory}/b</path>`));
});

test('pools start with the host, once', async t => {
  const fixture = await storageFixture(t);
  const { driver, directory, paths, restarted, complaints } = fixture;
  const [pool] = await activePool(fixture);
  const broken = await driver.storagePoolDefineXml(directoryPool('broken', `${directory}/missing`), 0);
  for (const one of [pool, broken]) await driver.storagePoolSetAutostart(one, true);
  t.deepEqual(readdirSync(join(paths.etc, 'storage', 'autostart')), ['a.xml', 'broken.xml']);
  await driver.storagePoolDestroy(pool);
  const next = await restarted();
  t.true(next.storagePoolGetAutostart(pool));
  await next.autostart();
  t.deepEqual(next.connectListStoragePools(), ['a']);
  t.regex(complaints.join('\n'), /could not be started with the host.*missing/);
  await next.storagePoolDestroy(pool);
  const third = await restarted();
  await third.autostart();
  t.deepEqual(third.connectListStoragePools(), []);
});

for (const [amount, count] of [
  ['a few', 0],
  ['so many', 200],
] as const) {
  const others = Array.from({ length: count }, (_, index) => `other-${index}`);

  test(`what is no volume neither holds a refresh up nor breaks it, among ${amount} files`, async t => {
    const fixture = await storageFixture(t);
    const { driver, directory } = fixture;
    const [pool, path] = await activePool(fixture, ['good', 'bad\nname', 'unreadable', ...others]);
    mkdirSync(join(path, 'tree'));
    execFileSync('mkfifo', [join(path, 'pipe')]);
    execFileSync('mknod', [join(path, 'tty'), 'c', '4', '1']);
    const server = createServer().listen(join(path, 'socket'));
    t.teardown(() => server.close());
    symlinkSync('nowhere', join(path, 'dangling'));
    symlinkSync('circle', join(path, 'circle'));
    symlinkSync('good', join(path, 'link'));
    symlinkSync('/etc/passwd', join(path, 'outside'));
    chmodSync(join(path, 'unreadable'), 0);
    writeFileSync(
      join(path, 'lying.qcow2'),
      Buffer.concat([Buffer.from('QFI\xfb', 'latin1'), Buffer.alloc(100, 0xff)]),
    );
    truncateSync(join(path, 'good'), 2 ** 40);
    await driver.storagePoolRefresh(pool, 0);
    const listed = driver.storagePoolListVolumes(pool);
    for (const name of ['good', 'link', 'tree']) t.true(listed.includes(name), name);
    for (const name of ['pipe', 'socket', 'dangling', 'circle', 'bad\nname', 'outside'])
      t.false(listed.includes(name), name);
    renameSync(path, join(directory, 'moved'));
    await refused(t, () => driver.storagePoolRefresh(pool, 0), ErrorCode.SYSTEM_ERROR, /cannot open directory/);
    t.false(driver.storagePoolIsActive(pool));
  });

  test(`a file that has changed is looked at again, one that has not is not, among ${amount} files`, async t => {
    const fixture = await storageFixture(t);
    const { driver } = fixture;
    const [pool, path] = await activePool(fixture, ['one', ...others]);
    const xml = (name: string): Promise<string> =>
      driver.storageVolGetXmlDesc(driver.storageVolLookupByName(pool, name), 0);
    await driver.storagePoolRefresh(pool, 0);
    t.regex(await xml('one'), /<capacity unit='bytes'>7<.*<format type='raw'\/>/s);
    const header = Buffer.alloc(104);
    header.write('QFI\xfb', 0, 'latin1');
    header.writeUInt32BE(3, 4);
    header.writeUInt32BE(16, 20);
    header.writeBigUInt64BE(1n << 30n, 24);
    header.writeUInt32BE(104, 100);
    writeFileSync(join(path, 'one'), header);
    for (const name of others.slice(1)) rmSync(join(path, name));
    await driver.storagePoolRefresh(pool, 0);
    t.regex(await xml('one'), /<capacity unit='bytes'>1073741824<.*<format type='qcow2'\/>/s);
    t.is(driver.storagePoolNumOfVolumes(pool), Math.min(others.length, 1) + 1);
  });
}

test('targets that mean no place of their own are refused', async t => {
  const { driver } = await storageFixture(t);
  const pool = await driver.storagePoolDefineXml(directoryPool('rel', 'some/where'), 0);
  for (const call of [() => driver.storagePoolBuild(pool, 0), () => driver.storagePoolCreate(pool, 0)])
    await refused(t, call, ErrorCode.OPERATION_INVALID, /the target path 'some\/where' .* is not absolute/);
  const fs =
    "<pool type='fs'><name>f</name><source><device path='-rf'/></source><target><path>/f</path></target></pool>";
  const device = await driver.storagePoolDefineXml(fs, 0);
  await refused(t, () => driver.storagePoolCreate(device, 0), ErrorCode.OPERATION_INVALID, /'-rf' is not an absolute/);
  const netfs =
    "<pool type='netfs'><name>n</name><source><host name='-oexec'/><dir path='/x'/></source><target><path>/n</path></target></pool>";
  const remote = await driver.storagePoolDefineXml(netfs, 0);
  await t.throwsAsync(driver.storagePoolCreate(remote, 0), { message: /'-oexec' is no name of a host|not installed/ });
  const names = ['-x', 'a b', '../etc', 'a/b', '..'];
  for (const [at, name] of names.entries()) {
    const xml = `<pool type='logical'><name>l${at}</name><source><name>${name}</name></source></pool>`;
    const group = await driver.storagePoolDefineXml(xml, 0);
    await refused(t, () => driver.storagePoolBuild(group, 0), ErrorCode.OPERATION_INVALID, /no name of a volume group/);
  }
});

test('the whole host can be looked at as a pool', async t => {
  const { driver } = await storageFixture(t);
  for (const path of ['/', '/dev', '/proc', '/sys']) {
    const pool = await driver.storagePoolCreateXml(directoryPool(`p${path.slice(1)}`, path), 0);
    t.is(driver.storagePoolNumOfVolumes(pool), driver.storagePoolListVolumes(pool).length);
    await driver.storagePoolDestroy(pool);
  }
});

test('calls that come at the same time leave one answer', async t => {
  const { driver, directory } = await storageFixture(t);
  const xml = directoryPool('same', `${directory}/same`);
  const defined = await Promise.allSettled(Array.from({ length: 8 }, () => driver.storagePoolDefineXml(xml, 0)));
  t.is(defined.filter(({ status }) => status === 'fulfilled').length, 1);
  const pool = driver.storagePoolLookupByName('same');
  const started = await Promise.allSettled(Array.from({ length: 8 }, () => driver.storagePoolCreate(pool, WITH_BUILD)));
  t.is(started.filter(({ status }) => status === 'fulfilled').length, 1);
  await Promise.all(Array.from({ length: 4 }, () => driver.storagePoolRefresh(pool, 0)));
  const ended = await Promise.allSettled([driver.storagePoolDestroy(pool), driver.storagePoolUndefine(pool)]);
  t.is(ended[0]?.status, 'fulfilled');
});

test('files that are no pools are passed over', async t => {
  const fixture = await storageFixture(t);
  const { paths, restarted, complaints } = fixture;
  await activePool(fixture);
  writeFileSync(join(paths.etc, 'storage', 'half.xml'), '<pool type="dir"><name>ha');
  writeFileSync(join(paths.etc, 'storage', 'other.xml'), readFileSync(join(paths.etc, 'storage', 'a.xml')));
  writeFileSync(join(paths.run, 'storage', 'half.xml'), '<poolstate/>');
  const next = await restarted();
  t.deepEqual(next.connectListStoragePools(), ['a']);
  t.is(complaints.filter(text => text.includes('passed over')).length, 3);
});

test('a pool whose volumes are being worked on is neither stopped nor refreshed, and answers', async t => {
  const fixture = await storageFixture(t);
  const { driver } = fixture;
  const [pool] = await activePool(fixture, ['one']);
  const volume = driver.storageVolLookupByName(pool, 'one');
  const upload = await driver.storageVolUpload(volume, { offset: 0n, length: 0n }, 0);
  const { INTERNAL_ERROR } = ErrorCode;
  const busy = /pool 'a' has asynchronous jobs running/;
  await refused(t, () => driver.storagePoolRefresh(pool, 0), INTERNAL_ERROR, busy);
  await refused(t, () => driver.storagePoolDestroy(pool), INTERNAL_ERROR, busy);
  t.is(driver.storagePoolNumOfVolumes(pool), 1);
  await upload.finish();
  await driver.storagePoolRefresh(pool, 0);
  await driver.storagePoolDestroy(pool);
});
