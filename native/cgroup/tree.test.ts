import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { createCgroup, removeCgroups } from './create.ts';
import { detectHierarchies } from './hierarchies.ts';
import { cgroupsBelow, removeTree } from './tree.ts';
import { where } from '../testing/where.ts';

const hierarchies = detectHierarchies();
const parent = `/lxvirtd-tree-test-${process.pid}`;
test.after.always('the cgroups are gone', () => removeCgroups(hierarchies, parent));

const make = (name: string) =>
  createCgroup(hierarchies, { parent, partition: null, uuid: crypto.randomUUID(), name, owner: null });

test('what a container made below is found, children first, and removed', t => {
  const [top = ''] = make('found').directories;
  for (const path of ['a', 'a/b', 'c']) mkdirSync(`${top}/${path}`);
  const found = cgroupsBelow(top);
  t.deepEqual(found.toSorted(), [top, `${top}/a`, `${top}/a/b`, `${top}/c`]);
  t.true(found.indexOf(`${top}/a/b`) < found.indexOf(`${top}/a`));
  t.is(found.at(-1), top);
  removeTree(top);
  t.false(existsSync(top));
});

test('no more is looked at than the limits say', t => {
  const [top = ''] = make('limits').directories;
  for (const path of ['a', 'a/b', 'a/b/c', 'd', 'e']) mkdirSync(`${top}/${path}`);
  t.is(cgroupsBelow(top, { depth: 9, count: 3 }).length, 3);
  const shallow = cgroupsBelow(top, { depth: 1, count: 9 });
  t.deepEqual(shallow.toSorted(), [top, `${top}/a`, `${top}/d`, `${top}/e`]);
});

const withUnified = where(hierarchies.unified !== null, 'cgroup2');
withUnified('the kernel holds a container to the limits', t => {
  const { unifiedDirectory } = make('kernel').entry;
  const read = (file: string): number => Number(readFileSync(`${unifiedDirectory ?? ''}/${file}`, 'utf8'));
  t.deepEqual([read('cgroup.max.depth'), read('cgroup.max.descendants')], [32, 10_000]);
  let at = unifiedDirectory ?? '';
  for (let depth = 0; depth < 32; depth += 1) mkdirSync((at += '/x'));
  t.throws(() => mkdirSync(`${at}/x`), { code: 'EAGAIN' });
});
