import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { SurveyTeam } from '../../../native/survey/survey-team.ts';
import type { VolumeDefinition } from '../../xml/storage/volume-definition.ts';
import { probedPieces } from '../images/probe-image.ts';
import { describeSurveyed, describeVolume } from './describe-volume.ts';

const directory = mkdtempSync(join(tmpdir(), 'lxvirtd-describe-'));
test.after.always(() => rmSync(directory, { recursive: true, force: true }));

const image = (name: string, ...args: string[]): void => {
  execFileSync('qemu-img', ['create', '-q', ...args.slice(0, -1), join(directory, name), args.at(-1) ?? '']);
};

/** By calls of the daemon's own, and by a surveyor, who must see the same. */
async function described(t: ExecutionContext, name: string) {
  const byCalls = await describeVolume(directory, name);
  using team = new SurveyTeam(directory, probedPieces);
  await team.grow(1);
  const [listed] = (await team.list(1000))?.filter(entry => entry.name === name) ?? [];
  const [seen] = (await team.look([{ name, kind: listed?.kind ?? 0, known: null }])) ?? [];
  t.truthy(seen);
  if (seen) t.deepEqual(withoutAccess(await describeSurveyed(directory, name, seen)), withoutAccess(byCalls));
  return byCalls;
}

/** Being looked at may change when a file was read. */
const withoutAccess = (volume: VolumeDefinition | null) => {
  const { atime: _, ...timestamps } = volume?.target.timestamps ?? {};
  return volume === null ? null : { ...volume, target: { ...volume.target, timestamps } };
};

async function facts(t: ExecutionContext, name: string) {
  const found = await described(t, name);
  if (found === null) return null;
  const { type, capacity, target, backingStore } = found;
  return { type, format: target.format, capacity, backing: backingStore?.path ?? null };
}

for (const [format, capacity] of [
  ['raw', 1_048_576n],
  ['qcow2', 1_048_576n],
  ['qcow', 1_048_576n],
  ['qed', 1_048_576n],
  ['vmdk', 1_048_576n],
  ['vdi', 1_048_576n],
  ['vpc', 1_079_296n],
] as const)
  test(`an image of format ${format} is known by its bytes`, async t => {
    image(`an.${format}.iso`, '-f', format, '1M');
    t.deepEqual(await facts(t, `an.${format}.iso`), { type: 'file', format, capacity, backing: null });
  });

test('both versions of qcow2 tell their features', async t => {
  image('new', '-f', 'qcow2', '-o', 'compat=1.1,lazy_refcounts=on,extended_l2=on,cluster_size=128k', '1M');
  image('old', '-f', 'qcow2', '-o', 'compat=0.10', '1M');
  const fresh = (await described(t, 'new'))?.target;
  t.deepEqual(
    [fresh?.compat, fresh?.clusterSize, fresh?.features],
    ['1.1', 131_072n, ['lazy_refcounts', 'extended_l2']],
  );
  const old = (await described(t, 'old'))?.target;
  t.deepEqual([old?.compat, old?.clusterSize, old?.features], [null, 65_536n, null]);
});

for (const [what, name, path] of [
  ['a neighbour', 'below', join(directory, 'below')],
  ['a file of the host', '/etc/shadow', '/etc/shadow'],
  ['a server', 'nbd://host/export', 'nbd://host/export'],
  ['a pipe that nobody writes', 'pipe', join(directory, 'pipe')],
] as const)
  test(`the backing store of an image that names ${what} is told, and not opened`, async t => {
    const overlay = `over ${what}`;
    if (what.includes('pipe')) execFileSync('mkfifo', [join(directory, 'pipe')]);
    image(overlay, '-f', 'qcow2', '-u', '-b', name, '-F', 'raw', '1M');
    t.is((await facts(t, overlay))?.backing, path);
    t.is((await described(t, overlay))?.backingStore?.permissions, null);
  });

test('a CD is known by its volume descriptor', async t => {
  const bytes = Buffer.alloc(40_000);
  bytes.write('CD001', 32_769);
  writeFileSync(join(directory, 'cd'), bytes);
  t.is((await facts(t, 'cd'))?.format, 'iso');
});

for (const [what, bytes] of [
  ['nothing', Buffer.alloc(0)],
  ['half a magic', Buffer.from('QFI')],
  ['a version that is none', Buffer.from('QFI\xfb\0\0\0\x09'.padEnd(1000, '\0'), 'latin1')],
  ['noise', Buffer.alloc(5000, 0xa5)],
] as const)
  test(`a file of ${what} is raw`, async t => {
    writeFileSync(join(directory, what), bytes);
    t.deepEqual(await facts(t, what), { type: 'file', format: 'raw', capacity: BigInt(bytes.length), backing: null });
  });

test('headers whose numbers lie are read without harm', async t => {
  for (let at = 8; at < 112; at += 4) {
    const header = Buffer.alloc(200);
    header.write('QFI\xfb', 'latin1');
    header.writeUInt32BE(3, 4);
    header.fill(0xff, at, at + 8);
    writeFileSync(join(directory, 'lies'), header);
    t.is((await facts(t, 'lies'))?.format, 'qcow2');
  }
});

test('trees are volumes; links are, when they stay in the pool', async t => {
  mkdirSync(join(directory, 'tree'));
  symlinkSync('cd-below', join(directory, 'inside'));
  writeFileSync(join(directory, 'cd-below'), 'x');
  symlinkSync('/etc/hostname', join(directory, 'outside'));
  symlinkSync('nowhere', join(directory, 'dangling'));
  symlinkSync('..', join(directory, 'up'));
  linkSync(join(directory, 'cd-below'), join(directory, 'hard'));
  t.is((await facts(t, 'tree'))?.type, 'dir');
  t.is((await facts(t, 'inside'))?.capacity, 1n);
  t.is((await facts(t, 'hard'))?.capacity, 1n);
  for (const name of ['outside', 'dangling', 'up']) t.is(await facts(t, name), null);
});

test('devices, pipes and sockets are no volumes', async t => {
  execFileSync('mknod', [join(directory, 'zero'), 'c', '1', '5']);
  execFileSync('mkfifo', [join(directory, 'fifo')]);
  const server = createServer().listen(join(directory, 'socket'));
  t.teardown(() => server.close());
  await new Promise(resolve => server.once('listening', resolve));
  for (const name of ['zero', 'fifo', 'socket']) t.is(await facts(t, name), null);
});
