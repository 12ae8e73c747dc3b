import { readFileSync } from 'node:fs';
import test from 'ava';
import { releasePages } from './resident-memory.ts';

/** KiB of the program's code that are in memory for this process. */
function residentCode(): number {
  const maps = readFileSync('/proc/self/smaps', 'latin1').matchAll(
    / r-xp .* (\S+)\n(?:Size|.*PageSize).*\n(?:.*\n)*?Rss: +(\d+)/g,
  );
  return [...maps].reduce((sum, [, path, size]) => (path === process.execPath ? sum + Number(size) : sum), 0);
}

test('code that starting needed is let go of, and comes back as it runs', t => {
  const before = residentCode();
  releasePages();
  const after = residentCode();
  t.true(after > 0 && after < before, `${before} KiB before, ${after} KiB after`);
  t.is(JSON.stringify({ still: ['here', 1n.toString()] }), '{"still":["here","1"]}');
});
