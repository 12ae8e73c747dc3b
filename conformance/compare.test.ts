import { readFile, writeFile } from 'node:fs/promises';
import test from 'ava';
import { play, type PlayedStep } from './compare/play.ts';
import { compatibilityPage, differences } from './compare/report.ts';
import { openHost } from './harness/host.ts';

const read = async <T>(file: string): Promise<T> =>
  JSON.parse(await readFile(new URL(`compare/${file}`, import.meta.url), 'utf8'));

test('every step comes out as on the recorded peer, but for the known differences', async t => {
  t.timeout(300_000);
  const peer = await read<PlayedStep[]>('recorded.json');
  const reasons = await read<Record<string, string>>('known-differences.json');
  await using host = await openHost();
  const ours = await play(host);
  const found = differences(peer, ours);
  if (host.daemon !== null) {
    await writeFile(new URL('../docs/compatibility.md', import.meta.url), compatibilityPage(ours, found, reasons));
  }
  const different = new Set(found.map(({ key }) => key));
  const unexplained = found.filter(({ key }) => !(key in reasons));
  t.deepEqual(unexplained, [], 'differences that known-differences.json does not explain');
  const outdated = host.daemon === null ? [] : Object.keys(reasons).filter(key => !different.has(key));
  t.deepEqual(outdated, [], 'known differences that are none any more');
});
