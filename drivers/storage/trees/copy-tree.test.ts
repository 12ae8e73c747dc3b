import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { copyTree } from './copy-tree.ts';
import { makeTree } from './make-tree.ts';
import { removeTree } from './remove-tree.ts';

const never = new AbortController().signal;

function place(t: ExecutionContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'lxvirtd-copy-'));
  // Not by Node: paths in it may be longer than it can name.
  t.teardown(() => execFileSync('rm', ['-rf', directory]));
  return directory;
}

const sorted = (text: string): string => text.split('\n').sort().join('\n');

/** All that a tree's files have, as text. */
function facts(tree: string): string {
  const at = { cwd: tree, encoding: 'utf8' } as const;
  const format = '%P|%y|%m|%U|%G|%s|%n|%l|%T@|%b\\n';
  return [
    sorted(execFileSync('find', ['.', '-printf', format], at)),
    sorted(execFileSync('find', ['.', '-type', 'c', '-exec', 'stat', '--format', '%n %t %T', '{}', '+'], at)),
    execFileSync('getfattr', ['-R', '-h', '-d', '-m', '-', '.'], at),
  ].join('\n');
}

test('a copy has all that its files have: owners, modes, times, attributes, holes, other names, devices', async t => {
  const directory = place(t);
  const [tree, copy] = [join(directory, 'tree'), join(directory, 'copy')];
  await makeTree(tree);
  const script = [
    'mkdir -p a/b && echo x > a/file && ln a/file a/b/other && ln -s /etc/hostname link && ln link link-again',
    'chown -h 1000:1001 link && touch -h -d 1999-09-09 link && mkfifo fifo && mknod null c 1 3',
    'echo y > program && chown 100000:100000 program && chmod 6755 program && setcap cap_net_raw+ep program',
    'truncate -s 8M sparse && printf data | dd of=sparse bs=1 seek=4M conv=notrunc status=none',
    'setfattr -n trusted.mark -v yes a && setfattr -h -n trusted.mark -v yes link',
    'chmod 1777 a/b && touch -d 2001-01-01 a/b a && chmod 555 .',
  ];
  execFileSync('sh', ['-ec', script.join('\n')], { cwd: tree });
  await copyTree(tree, copy, never);
  t.is(facts(copy), facts(tree));
  t.is(readFileSync(join(copy, 'sparse')).toString('latin1', 4 << 20, (4 << 20) + 4), 'data');
  t.is(statSync(join(copy, 'a/file')).ino, statSync(join(copy, 'a/b/other')).ino);
});

/** In a directory that takes a while. */
const FILES = 4000;
/** To be in time. */
const ATTEMPTS = 10;

/** A tree with a large directory, and beside it what is nobody's business, with files of the same names. */
function besides(directory: string): { tree: string; large: string; host: string } {
  const [tree, host] = [join(directory, 'tree'), join(directory, 'host')];
  const large = join(tree, 'large');
  mkdirSync(large, { recursive: true });
  mkdirSync(host, { recursive: true });
  for (let at = 0; at < FILES; at++) {
    writeFileSync(join(large, String(at)), 'of the tree');
    writeFileSync(join(host, String(at)), 'of the host');
  }
  return { tree, large, host };
}

/** What a guest does: a directory becomes a link, once a program is at work in it. */
async function swap(large: string, host: string, working: () => boolean): Promise<void> {
  while (!working()) await wait(1);
  renameSync(large, `${large}.moved`);
  symlinkSync(host, large);
}

test('a directory that becomes a link while it is copied leads nobody out of the tree', async t => {
  const { tree, large, host } = besides(place(t));
  const copy = join(host, '../copy');
  const done = () => (existsSync(join(copy, 'large')) ? readdirSync(join(copy, 'large')).length : 0);
  const copied = copyTree(tree, copy, never);
  await swap(large, host, () => done() > 0);
  t.true(done() < FILES, 'it was copied before it was swapped');
  await copied;
  t.is(done(), FILES);
  const contents = readdirSync(join(copy, 'large')).map(name => readFileSync(join(copy, 'large', name), 'utf8'));
  t.deepEqual([...new Set(contents)], ['of the tree']);
});

/** Removes a tree in which a directory becomes a link meanwhile. False when it was removed before. */
async function removedMeanwhile({ tree, large, host }: ReturnType<typeof besides>): Promise<boolean> {
  const removed = removeTree(tree).catch(() => undefined);
  const inTime = await swap(large, host, () => readdirSync(large).length < FILES).then(
    () => true,
    () => false,
  );
  await removed;
  return inTime;
}

test('a directory that becomes a link while it is removed leads nobody out of the tree', async t => {
  const directory = place(t);
  for (let attempt = 1; ; attempt++) {
    const tried = besides(join(directory, String(attempt)));
    const inTime = await removedMeanwhile(tried);
    t.is(readdirSync(tried.host).length, FILES);
    if (inTime) break;
    t.true(attempt < ATTEMPTS, 'it was always removed before it was swapped');
  }
});

test('what is mounted in a tree, and what leads out of it, is not copied', async t => {
  const directory = place(t);
  const [tree, copy] = [join(directory, 'tree'), join(directory, 'copy')];
  mkdirSync(join(tree, 'mounted'), { recursive: true });
  writeFileSync(join(directory, 'outside'), 'x');
  linkSync(join(directory, 'outside'), join(tree, 'inside'));
  symlinkSync('../outside', join(tree, 'up'));
  execFileSync('mount', ['-t', 'tmpfs', 'none', join(tree, 'mounted')]);
  try {
    writeFileSync(join(tree, 'mounted/file'), 'x');
    await copyTree(tree, copy, never);
  } finally {
    execFileSync('umount', [join(tree, 'mounted')]);
  }
  t.deepEqual(readdirSync(copy).sort(), ['inside', 'mounted', 'up']);
  t.deepEqual(readdirSync(join(copy, 'mounted')), []);
  t.is(statSync(join(copy, 'inside')).nlink, 1);
});

test('a copy that fails says where, with nothing in it that commands a terminal', async t => {
  const directory = place(t);
  const tree = join(directory, 'tree');
  mkdirSync(tree);
  const deeper = "import os\nfor _ in range(25): os.mkdir('n' * 200 + '\\x1b[2J'); os.chdir('n' * 200 + '\\x1b[2J')";
  execFileSync('/usr/bin/python3', ['-c', deeper], { cwd: tree });
  const error = await t.throwsAsync(copyTree(tree, join(directory, 'copy'), never), { message: /name too long/i });
  // oxlint-disable-next-line no-control-regex -- it is what must not be there
  t.notRegex(error?.message ?? '', /[\x00-\x1f]/);
});
