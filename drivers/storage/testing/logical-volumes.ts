/**
 * A volume group's life on a kernel that has the device mapper; conformance/logical-volumes.test.ts runs this in an emulated
 * machine where the host's own kernel has none. Prints "done" when everything was as it should be.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { hostPaths } from '../../contract/paths.ts';
import { createStorageDriver } from '../driver.ts';

const directory = mkdtempSync('/tmp/lxvirtd-lvm-');
const file = `${directory}/device.img`;
writeFileSync(file, '');
truncateSync(file, 128 << 20);
const device = execFileSync('losetup', ['--find', '--show', file], { encoding: 'utf8' }).trim();
const print = (facts: object, message: string): void => console.error(message, facts);
const log = { debug: print, info: print, warn: print, error: print };
const driver = createStorageDriver({ paths: hostPaths(`${directory}/root`), log, secrets: null });
await driver.start();

const pool = await driver.storagePoolDefineXml(
  `<pool type='logical'><name>lxvirtdvg</name><source><device path='${device}'/></source></pool>`,
  0,
);
await driver.storagePoolBuild(pool, 0);
await driver.storagePoolCreate(pool, 0);
const volume = await driver.storageVolCreateXml(
  pool,
  "<volume><name>one</name><capacity unit='MiB'>10</capacity></volume>",
  0,
);
assert.equal((await driver.storageVolGetInfo(volume, 0)).capacity, 12n << 20n);
writeFileSync('/dev/lxvirtdvg/one', 'content');
const snapshot = await driver.storageVolCreateXml(
  pool,
  "<volume><name>snap</name><capacity unit='MiB'>12</capacity><allocation unit='MiB'>4</allocation>" +
    '<backingStore><path>/dev/lxvirtdvg/one</path></backingStore></volume>',
  0,
);
assert.equal(readFileSync('/dev/lxvirtdvg/snap').subarray(0, 7).toString(), 'content');
assert.match(await driver.storageVolGetXmlDesc(snapshot, 0), /<backingStore>\s*<path>\/dev\/lxvirtdvg\/one<\/path>/);
await driver.storagePoolRefresh(pool, 0);
assert.deepEqual(driver.storagePoolListVolumes(pool).toSorted(), ['one', 'snap']);
assert.deepEqual(driver.storageVolLookupByKey(volume.key), volume);
console.log(await driver.storageVolGetXmlDesc(volume, 0));
await driver.storageVolDelete(snapshot, 0);
await driver.storageVolResize(volume, 24n << 20n, 0);
assert.equal((await driver.storageVolGetInfo(volume, 0)).capacity, 24n << 20n);
await driver.storagePoolDestroy(pool);
await driver.storagePoolCreate(pool, 0);
await driver.storageVolDelete(volume, 0);
assert.equal(driver.storagePoolNumOfVolumes(pool), 0);
await driver.storagePoolDestroy(pool);
await driver.storagePoolDelete(pool, 0);
console.log('done');
