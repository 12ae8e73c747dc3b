import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { copyTree } from './copy-tree.ts';
import { isSubvolume, makeTree } from './make-tree.ts';
import { removeTree } from './remove-tree.ts';

const never = new AbortController().signal;

/** A directory on a file system of its own. */
function mounted(t: ExecutionContext, type: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'lxvirtd-trees-'));
  const image = join(directory, 'image');
  const mount = join(directory, 'mount');
  mkdirSync(mount);
  execFileSync('truncate', ['-s', '512M', image]);
  execFileSync(`mkfs.${type}`, ['-q', image]);
  execFileSync('mount', ['-o', 'loop', image, mount]);
  t.teardown(() => {
    execFileSync('umount', [mount]);
    rmSync(directory, { recursive: true });
  });
  return mount;
}

async function fill(tree: string): Promise<void> {
  await makeTree(tree);
  mkdirSync(join(tree, 'bin'));
  writeFileSync(join(tree, 'bin/sh'), Buffer.alloc(1 << 20, 'x'), { mode: 0o755 });
  linkSync(join(tree, 'bin/sh'), join(tree, 'bin/ash'));
  symlinkSync('/etc/hostname', join(tree, 'host'));
}

for (const type of ['btrfs', 'xfs', 'ext4'])
  test(`a tree on ${type} is copied with its links, and removed without following them`, async t => {
    const mount = mounted(t, type);
    const [tree, copy] = [join(mount, 'tree'), join(mount, 'copy')];
    await fill(tree);
    await copyTree(tree, copy, never);
    t.is(readFileSync(join(copy, 'bin/sh')).length, 1 << 20);
    t.is(statSync(join(copy, 'bin/ash')).nlink, 2);
    t.is(await isSubvolume(copy), type === 'btrfs');
    await removeTree(tree);
    t.deepEqual([existsSync(tree), existsSync(copy), existsSync('/etc/hostname')], [false, true, true]);
  });

test('subvolumes inside of a tree are copied and removed with it', async t => {
  const mount = mounted(t, 'btrfs');
  const [tree, copy] = [join(mount, 'tree'), join(mount, 'copy')];
  await fill(tree);
  await makeTree(join(tree, 'inner'));
  writeFileSync(join(tree, 'inner/file'), 'x');
  await copyTree(tree, copy, never);
  t.true(existsSync(join(copy, 'inner/file')));
  for (const path of [tree, copy]) await removeTree(path);
  t.deepEqual([existsSync(tree), existsSync(copy)], [false, false]);
});

test('a tree in which something is mounted is left alone', async t => {
  const mount = mounted(t, 'ext4');
  const tree = join(mount, 'tree');
  await fill(tree);
  execFileSync('mount', ['-t', 'tmpfs', 'none', join(tree, 'bin')]);
  await t.throwsAsync(removeTree(tree), { message: /something is mounted in it/ });
  execFileSync('umount', [join(tree, 'bin')]);
  t.true(existsSync(join(tree, 'bin/sh')));
});
