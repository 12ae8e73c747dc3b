import test from 'ava';
import { ErrorCode } from '../../contract/constants.ts';
import { errors, LibvirtError } from '../../contract/error.ts';
import type { VolumeSource, VolumeSources } from '../../contract/volume-sources.ts';
import { formatDomain } from '../../xml/domain/format.ts';
import { parseDomain } from '../../xml/domain/parse.ts';
import { withVolumesPlaced } from './placed-volumes.ts';

const sources: Readonly<Record<string, VolumeSource>> = {
  tree: { path: '/pool/tree', kind: 'directory', format: null },
  image: { path: '/pool/image', kind: 'file', format: 'qcow2' },
  device: { path: '/dev/vg/device', kind: 'block', format: null },
};

const volumes: VolumeSources = {
  async find(pool, volume) {
    const source = sources[volume];
    if (pool !== 'p' || source === undefined) throw errors.configUnsupported(`no volume '${volume}'`);
    return source;
  },
};

const domain = (device: string): string =>
  `<domain type='lxc'><name>d</name><memory>1000</memory><os><type>exe</type><init>/i</init></os><devices>${device}</devices></domain>`;
const filesystem = (volume: string): string =>
  domain(`<filesystem type='volume'><source pool='p' volume='${volume}'/><target dir='/mnt'/></filesystem>`);
const disk = (volume: string): string =>
  domain(`<disk type='volume'><source pool='p' volume='${volume}'/><target dev='vda'/></disk>`);

for (const [volume, type, source, format] of [
  ['tree', 'mount', '/pool/tree', null],
  ['image', 'file', '/pool/image', 'qcow2'],
  ['device', 'block', '/dev/vg/device', null],
] as const)
  test(`the volume '${volume}' becomes a filesystem of type ${type}, and keeps its name in documents`, async t => {
    const placed = await withVolumesPlaced(volumes, await parseDomain(filesystem(volume)));
    const [device] = placed.devices.filesystems;
    t.like(device, { type, source, driverFormat: format });
    const xml = formatDomain(placed, {});
    t.regex(xml, new RegExp(`<filesystem type='volume'.*?>\\s*.*<source pool='p' volume='${volume}'/>`, 's'));
    t.notRegex(xml, /\/pool|\/dev\/vg/);
  });

for (const [volume, type, source, format] of [
  ['image', 'file', '/pool/image', 'qcow2'],
  ['device', 'block', '/dev/vg/device', null],
] as const)
  test(`the volume '${volume}' becomes a disk of type ${type}, and keeps its name in documents`, async t => {
    const placed = await withVolumesPlaced(volumes, await parseDomain(disk(volume)));
    const [device] = placed.devices.disks;
    t.like(device, { type, source, driverType: format });
    const xml = formatDomain(placed, {});
    t.regex(xml, new RegExp(`<disk type='volume'.*?>.*<source pool='p' volume='${volume}'/>`, 's'));
    t.notRegex(xml, /\/pool|\/dev\/vg/);
  });

test('a directory is no disk, and without a storage driver there are no volumes', async t => {
  const directory = await parseDomain(disk('tree'));
  for (const placing of [withVolumesPlaced(volumes, directory), withVolumesPlaced(null, directory)]) {
    const error = await t.throwsAsync(placing, { instanceOf: LibvirtError });
    t.is(error.code, ErrorCode.CONFIG_UNSUPPORTED);
  }
});

test('a definition without volumes is left as it is', async t => {
  const definition = await parseDomain(domain("<filesystem><source dir='/a'/><target dir='/b'/></filesystem>"));
  t.is(await withVolumesPlaced(null, definition), definition);
});
