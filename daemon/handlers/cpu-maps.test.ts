import test from 'ava';
import { cpuMaps, cpusIn } from './cpu-maps.ts';

const rows: readonly [string, number[][], number, number[]][] = [
  ['no map', [], 4, []],
  ['the lowest number first', [[0]], 2, [1, 0]],
  ['each behind the other', [[0, 7, 8], [15]], 2, [0x81, 1, 0, 0x80]],
  ['what does not fit is left out', [[1, 8, 9000]], 1, [2]],
  ['no room at all', [[1], [2]], 0, []],
];
for (const [name, lists, length, bytes] of rows)
  test(`CPU maps: ${name}`, t => t.deepEqual([...cpuMaps(lists, length)], bytes));

test('one list for many vCPUs is the same map for each', t => {
  const every = Array.from({ length: 8000 }, (_, cpu) => cpu);
  const maps = cpuMaps(
    Array.from({ length: 8000 }, () => every),
    1000,
  );
  t.is(maps.length, 8_000_000);
  t.true(maps.every(byte => byte === 0xff));
});

test('a map tells its CPUs', t => {
  t.deepEqual(cpusIn(Buffer.of(0x81, 0, 1)), [0, 7, 16]);
  t.deepEqual(cpusIn(Buffer.of()), []);
});
