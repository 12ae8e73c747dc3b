import { readFile, writeFile } from 'node:fs/promises';
import test from 'ava';
import { missingSteps, uncalledProcedures } from './compare/coverage.ts';
import { type Known, differences, outdated, unexplained } from './compare/differences.ts';
import { type PlayedStep, play } from './compare/play.ts';
import { compatibilityPage } from './compare/report.ts';
import { readSteps } from './compare/steps.ts';
import { openHost } from './harness/host.ts';
import { run } from './harness/run.ts';

const read = async <T>(file: string): Promise<T> =>
  JSON.parse(await readFile(new URL(`compare/${file}`, import.meta.url), 'utf8'));

test('every step comes out as on the recorded peer, but for the known differences', async t => {
  t.timeout(600_000);
  const peer = await read<PlayedStep[]>('recorded.json');
  const known = await read<Known>('known-differences.json');
  await using host = await openHost();
  const { steps: ours, procedures } = await play(host);
  const found = differences(peer, ours, known);
  t.deepEqual(unexplained(found, known), [], 'differences that known-differences.json does not explain');
  if (host.daemon !== null) {
    await writeFile(new URL('../docs/compatibility.md', import.meta.url), compatibilityPage(ours, found, known));
    t.deepEqual(outdated(found, known), [], 'known differences that are none any more');
  }
  t.deepEqual(uncalledProcedures(procedures), [], 'procedures of the peer that no step calls');
});

test('every command that works on the peer is a step in every state, with each of its options', async t => {
  t.deepEqual(await missingSteps(readSteps(), (...args) => run('virsh', args)), []);
});

test('every recorded outcome is that of a step', async t => {
  const peer = await read<PlayedStep[]>('recorded.json');
  t.deepEqual(
    peer.map(({ key }) => key),
    readSteps().map(({ key }) => key),
  );
});
