import { opendir } from 'node:fs/promises';
import type { ListedName } from '../../../native/survey/survey-messages.ts';
import type { SurveyTeam } from '../../../native/survey/survey-team.ts';
import { failed } from '../errors.ts';
import { step } from '../system-failure.ts';

/** Far beyond what clients can list (16,384); each costs memory. */
const MOST_NAMES = 100_000;

/** Entries that one call of ours reads. */
const AT_ONCE = 1024;

/** The names of a directory by calls of our own; null when there are more than `most`. */
export async function fewNamesIn(directory: string, most: number): Promise<readonly ListedName[] | null> {
  const names: ListedName[] = [];
  const bufferSize = Math.min(most + 1, AT_ONCE);
  const entries = await step(`cannot open directory '${directory}'`, () => opendir(directory, { bufferSize }));
  for await (const { name } of entries) {
    if (names.length === most) return null;
    names.push({ name, kind: 0 });
  }
  return names.filter(isNameable);
}

/** The names of a directory with many. */
export async function manyNamesIn(directory: string, team: SurveyTeam): Promise<readonly ListedName[]> {
  let names = await team.list(MOST_NAMES);
  if (names === undefined) names = await fewNamesIn(directory, MOST_NAMES);
  if (names === null) throw failed(`directory '${directory}' has more than ${MOST_NAMES} entries`);
  return names.filter(isNameable);
}

// oxlint-disable-next-line no-control-regex -- no document can hold them
const unnameable = /[\x00-\x1f\x7f\ufffd]/;

const isNameable = ({ name }: ListedName): boolean => !unnameable.test(name);
