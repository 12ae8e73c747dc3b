import test from 'ava';

/**
 * The function that declares tests which need something of the host: ava's own where it is there; where it is not, the one
 * that skips them, after the reason is printed (`what`: "the host has no …" is said of it).
 */
export function where(available: boolean, what: string): typeof test | typeof test.skip {
  if (available) return test;
  process.stdout.write(`# skipped: the host has no ${what}\n`);
  return test.skip;
}
