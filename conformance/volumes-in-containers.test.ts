import { mkdir, stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Host, openHost } from './harness/host.ts';
import { busyboxRoot } from './harness/roots.ts';
import { mustRun } from './harness/run.ts';

let host: Host;
let archive: string;

/** Inodes of the roots of subvolumes. */
const SUBVOLUME = 256;
/** In a tree that takes a while to copy. */
const FILES = 4000;

/** A file of the test's own. */
const at = (name: string): string => join(host.directory, name);

test.before(async () => {
  host = await openHost();
  const root = await busyboxRoot(at('root'));
  archive = at('root.tar.gz');
  await mustRun('tar', ['-czf', archive, '-C', root, '.']);
  await mkdir(at('pool'), { mode: 0o711 });
  await host.mustVirsh('pool-define-as', 'p', 'dir', '--target', at('pool'));
  await host.mustVirsh('pool-start', 'p');
});
test.after.always(() => host[Symbol.asyncDispose]());

async function refusal(...args: readonly string[]): Promise<string> {
  const { status, stderr } = await host.virsh(args);
  if (status === 0) throw new Error(`virsh ${args.join(' ')} succeeded`);
  return stderr;
}

/** A root tree of its own, from the archive. */
async function uploadRoot(pool: string, volume: string): Promise<void> {
  await host.mustVirsh('vol-create-as', pool, volume, '0', '--format', 'dir');
  await host.mustVirsh('vol-upload', volume, archive, pool);
}

/** An image of ext4 with the file "hello", as a volume. */
async function uploadImage(name: string, format: 'raw' | 'qcow2'): Promise<void> {
  await mkdir(at('contents'), { recursive: true });
  await host.file('contents/hello', `from ${name}\n`);
  await mustRun('mkfs.ext4', ['-q', '-F', '-d', at('contents'), at('image.raw'), '16M']);
  await mustRun('qemu-img', ['convert', '-f', 'raw', '-O', format, at('image.raw'), at('image')]);
  await host.mustVirsh('vol-create-as', 'p', name, '16M', '--format', format);
  await host.mustVirsh('vol-upload', name, at('image'), 'p');
}

const filesystem = (volume: string, target: string, pool = 'p'): string =>
  `<filesystem type='volume'><source pool='${pool}' volume='${volume}'/><target dir='${target}'/></filesystem>`;

const disk = (volume: string, target: string, driver = ''): string =>
  `<disk type='volume'>${driver}<source pool='p' volume='${volume}'/><target dev='${target}'/></disk>`;

const define = async (name: string, devices: string, more = ''): Promise<void> =>
  await host.define(`<domain type='lxc'><name>${name}</name><memory unit='MiB'>64</memory>${more}
    <os><type>exe</type><init>/bin/sh</init></os><devices>${devices}<console type='pty'/></devices></domain>`);

/** Runs a command in a container, with its files. */
async function inside(domain: string, ...command: readonly string[]): Promise<string> {
  const id = (await host.mustVirsh('domid', domain)).trim();
  const pid = (await host.sandbox.mustRun('pgrep', ['--parent', id])).trim();
  return await host.sandbox.mustRun('nsenter', ['--mount', '--root', '--target', pid, ...command]);
}

async function endAll(...domains: readonly string[]): Promise<void> {
  for (const domain of domains) {
    await host.virsh(['destroy', domain]);
    await host.mustVirsh('undefine', domain);
  }
}

/** Takes a turn that only our own daemon has to stand. */
async function killDaemon(t: ExecutionContext): Promise<void> {
  if (host.daemon === null) return t.log('A foreign server is not killed');
  await host.daemon.stop('SIGKILL');
  await host.restart();
}

test.serial('a tree that is uploaded is the root of a container, and its clone that of another', async t => {
  await uploadRoot('p', 'one');
  await define('one', filesystem('one', '/'));
  await host.mustVirsh('start', 'one');
  await inside('one', 'touch', '/mark');
  t.regex(await refusal('vol-delete', 'one', 'p'), /operation is not valid: volume 'one' is in use by domain 'one'/);
  await host.mustVirsh('vol-clone', 'one', 'two', 'p');
  await inside('one', 'rm', '/mark');
  await define('two', filesystem('two', '/'));
  await host.mustVirsh('start', 'two');
  t.is(await inside('two', 'ls', '/mark'), '/mark\n');
  t.true(existsSync(at('pool/two/mark')));
  t.false(existsSync(at('pool/one/mark')));
  const xml = await host.mustVirsh('dumpxml', 'two');
  t.regex(xml, /<filesystem type='volume'[^]*<source pool='p' volume='two'\/>/);
  t.notRegex(xml, new RegExp(at('pool')));
  await endAll('one', 'two');
});

test.serial("a container with an idmap owns the volume that was made for its root's owner", async t => {
  const document = `<volume><name>mapped</name><capacity>0</capacity><target><format type='dir'/>
    <permissions><mode>0755</mode><owner>200000</owner><group>200000</group></permissions></target></volume>`;
  await host.mustVirsh('vol-create', 'p', await host.file('mapped.xml', document));
  await host.mustVirsh('vol-upload', 'mapped', archive, 'p');
  const idmap =
    "<idmap><uid start='0' target='200000' count='65536'/><gid start='0' target='200000' count='65536'/></idmap>";
  await define('mapped', filesystem('mapped', '/'), idmap);
  await host.mustVirsh('start', 'mapped');
  t.is((await stat(at('pool/mapped/bin/busybox'))).uid, 200_000);
  const id = (await host.mustVirsh('domid', 'mapped')).trim();
  const pid = (await host.sandbox.mustRun('pgrep', ['--parent', id])).trim();
  const asRoot = ['--user', '--mount', '--root', '--setuid', '0', '--setgid', '0', '--target', pid];
  await host.sandbox.mustRun('nsenter', [...asRoot, 'sh', '-c', 'echo ours > /etc/ours']);
  t.is((await stat(at('pool/mapped/etc/ours'))).uid, 200_000);
  await endAll('mapped');
});

test.serial('on btrfs a clone is a snapshot, far quicker than a copy', async t => {
  const image = at('btrfs');
  await mustRun('truncate', ['--size', '1G', image]);
  await mustRun('mkfs.btrfs', ['-q', image]);
  await mkdir(at('snapshots'));
  await host.sandbox.mustRun('mount', ['-o', 'loop', image, at('snapshots')]);
  await host.sandbox.mustRun('chmod', ['711', at('snapshots')]);
  await host.mustVirsh('pool-create-as', 'snapshots', 'dir', '--target', at('snapshots'));
  const took = async (...args: readonly string[]): Promise<number> => {
    const start = performance.now();
    await host.mustVirsh(...args);
    return performance.now() - start;
  };
  const many = 'i=0; mkdir "$0"; while [ $i -lt "$1" ]; do echo $i > "$0/$i"; i=$((i+1)); done';
  for (const pool of ['p', 'snapshots']) {
    await uploadRoot(pool, 'large');
    const tree = join(at(pool === 'p' ? 'pool' : pool), 'large/many');
    await host.sandbox.mustRun('sh', ['-c', many, tree, String(FILES)]);
  }
  // Of what is not written yet a snapshot makes a copy on the disk first.
  await host.sandbox.mustRun('sync', ['--file-system', at('snapshots')]);
  const snapshot = await took('vol-clone', 'large', 'clone', 'snapshots');
  const copy = await took('vol-clone', 'large', 'clone', 'p');
  t.log(`snapshot ${Math.round(snapshot)} ms, copy ${Math.round(copy)} ms`);
  t.true(snapshot < copy);
  const clone = at('snapshots/clone');
  t.is((await host.sandbox.mustRun('stat', ['--format', '%i', clone])).trim(), String(SUBVOLUME));
  t.regex(await host.sandbox.mustRun('btrfs', ['subvolume', 'show', clone]), /Parent UUID:\s+[0-9a-f-]{36}/);
  await define('snapshot', filesystem('clone', '/', 'snapshots'));
  await host.mustVirsh('start', 'snapshot');
  t.is((await inside('snapshot', 'ls', '/many')).split('\n').length, FILES + 1);
  await endAll('snapshot');
  for (const format of ['raw', 'qcow2']) {
    const document = `<volume><name>${format}</name><capacity>1048576</capacity>
      <target><format type='${format}'/><nocow/></target></volume>`;
    await host.mustVirsh('vol-create', 'snapshots', await host.file('nocow.xml', document));
    t.regex(await host.sandbox.mustRun('lsattr', [at(`snapshots/${format}`)]), /^-+C-+ /);
  }
  for (const volume of ['large', 'clone']) await host.mustVirsh('vol-delete', volume, 'snapshots');
  for (const volume of ['large', 'clone']) await host.mustVirsh('vol-delete', volume, 'p');
  await host.mustVirsh('pool-destroy', 'snapshots');
  await host.sandbox.mustRun('umount', [at('snapshots')]);
});

test.serial('a raw image is a filesystem or a disk, and stays so when its daemon is killed', async t => {
  await uploadImage('ext4', 'raw');
  await uploadImage('other', 'raw');
  await define('images', `${filesystem('one', '/')}${filesystem('ext4', '/mnt')}${disk('other', 'vda')}`);
  await host.mustVirsh('start', 'images');
  const works = async (): Promise<void> => {
    t.is(await inside('images', 'cat', '/mnt/hello'), 'from ext4\n');
    t.is(Number(await inside('images', 'sh', '-c', 'head -c 1000000 /dev/vda | wc -c')), 1_000_000);
    const xml = await host.mustVirsh('dumpxml', 'images');
    for (const volume of ['one', 'ext4', 'other']) t.regex(xml, new RegExp(`<source pool='p' volume='${volume}'`));
  };
  await works();
  await killDaemon(t);
  await works();
  t.regex(await host.mustVirsh('domblklist', 'images'), /vda +other/);
  await host.mustVirsh('destroy', 'images');
  t.regex(await host.mustVirsh('dumpxml', 'images'), /<disk type='volume'[^]*<source pool='p' volume='other'\/>/);
  await host.mustVirsh('undefine', 'images');
});

test.serial('volumes come and go while a container runs', async t => {
  await define('hot', filesystem('one', '/'));
  await host.mustVirsh('start', 'hot');
  const devices = [
    await host.file('tree.xml', filesystem('two', '/mnt')),
    await host.file('image.xml', filesystem('ext4', '/media')),
    await host.file('disk.xml', disk('other', 'vdb')),
  ];
  for (const document of devices) await host.mustVirsh('attach-device', 'hot', document, '--live', '--config');
  t.is(await inside('hot', 'ls', '-d', '/mnt/mark', '/media/hello', '/dev/vdb'), '/dev/vdb\n/media/hello\n/mnt/mark\n');
  for (const options of [[], ['--inactive']])
    t.is((await host.mustVirsh('dumpxml', 'hot', ...options)).match(/<source pool='p' volume=/g)?.length, 4);
  await killDaemon(t);
  t.is((await host.mustVirsh('dumpxml', 'hot')).match(/<source pool='p' volume=/g)?.length, 4);
  for (const volume of ['two', 'ext4', 'other'])
    t.regex(await refusal('vol-delete', volume, 'p'), /is in use by domain 'hot'/);
  for (const document of devices) await host.mustVirsh('detach-device', 'hot', document, '--live', '--config');
  t.is(await inside('hot', 'sh', '-c', 'ls -d /mnt/mark /media/hello /dev/vdb 2>/dev/null || true'), '');
  await endAll('hot');
});

test.serial('a qcow2 image is shown by nbd, or refused by the name of what the kernel lacks', async t => {
  await uploadImage('qcow', 'qcow2');
  await define('qcow', `${filesystem('one', '/')}${filesystem('qcow', '/mnt')}`);
  const { status, stderr } = await host.virsh(['start', 'qcow']);
  if (status === 0) t.is(await inside('qcow', 'cat', '/mnt/hello'), 'from qcow\n');
  else t.regex(stderr, /nbd/);
  await endAll('qcow');
});

test.serial('without its pool, or its volume, a domain does not start, and one that runs goes on', async t => {
  await define('runs', filesystem('one', '/'));
  await host.mustVirsh('start', 'runs');
  await define('waits', filesystem('two', '/'));
  await host.mustVirsh('pool-destroy', 'p');
  await killDaemon(t);
  t.is((await host.mustVirsh('domstate', 'runs')).trim(), 'running');
  t.regex(await host.mustVirsh('dumpxml', 'runs'), /<source pool='p' volume='one'\/>/);
  t.regex(await refusal('start', 'waits'), /storage pool 'p' containing volume 'two' is not active/);
  const late = await host.file('late.xml', filesystem('two', '/mnt'));
  t.regex(
    await refusal('attach-device', 'runs', late, '--live'),
    /storage pool 'p' containing volume 'two' is not active/,
  );
  await host.mustVirsh('pool-start', 'p');
  await host.mustVirsh('attach-device', 'runs', late, '--live');
  await host.mustVirsh('detach-device', 'runs', late, '--live');
  await host.mustVirsh('vol-delete', 'two', 'p');
  t.regex(await refusal('start', 'waits'), /Storage volume not found: no storage vol with matching name 'two'/);
  await endAll('runs', 'waits');
});
