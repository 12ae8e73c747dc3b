import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { removeFile, replaceFile } from './atomic-file.ts';

function directoryFor(t: ExecutionContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'lxvirtd-atomic-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  return directory;
}

for (const durable of [true, false])
  test(`a ${durable ? 'durable' : 'passing'} file is made, replaced and removed as a whole`, async t => {
    const directory = directoryFor(t);
    const path = join(directory, 'a.xml');
    for (const text of ['first', 'the second', '']) {
      await replaceFile(path, text, durable);
      t.is(readFileSync(path, 'utf8'), text);
      t.is(statSync(path).mode & 0o777, 0o600);
      t.deepEqual(readdirSync(directory), ['a.xml']);
    }
    await removeFile(path, durable);
    await removeFile(path, durable);
    t.deepEqual(readdirSync(directory), []);
  });

test('many files made at once are all there', async t => {
  const directory = directoryFor(t);
  const names = Array.from({ length: 40 }, (_, index) => `${index}.xml`);
  await Promise.all(names.map(name => replaceFile(join(directory, name), name, true)));
  t.deepEqual(readdirSync(directory).toSorted(), names.toSorted());
  for (const name of names) t.is(readFileSync(join(directory, name), 'utf8'), name);
});

test('a symbolic link is replaced, not followed, also one that leads nowhere', async t => {
  const directory = directoryFor(t);
  for (const target of ['other', 'nowhere']) {
    await replaceFile(join(directory, 'other'), 'kept', true);
    symlinkSync(target, join(directory, 'link'));
    await replaceFile(join(directory, 'link'), 'new', true);
    t.is(readFileSync(join(directory, 'link'), 'utf8'), 'new');
    t.is(readFileSync(join(directory, 'other'), 'utf8'), 'kept');
    await removeFile(join(directory, 'link'), true);
  }
  t.deepEqual(readdirSync(directory), ['other']);
});

test('a file that cannot be put in place leaves nothing behind', async t => {
  const directory = directoryFor(t);
  const taken = join(directory, 'taken');
  mkdirSync(join(taken, 'child'), { recursive: true });
  await t.throwsAsync(replaceFile(taken, 'text', true), { code: 'EISDIR' });
  await t.throwsAsync(replaceFile(join(directory, 'missing', 'a'), 'text', true), { code: 'ENOENT' });
  t.deepEqual(readdirSync(directory), ['taken']);
});
