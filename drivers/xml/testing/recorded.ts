import { readFileSync } from 'node:fs';

/** What a real daemon made of one document: see testdata/record.py. */
export interface Recorded {
  readonly name: string;
  readonly input: string;
  readonly output?: string;
  readonly error?: { readonly code: number; readonly domain: number; readonly message: string };
}

/** All that was recorded of a kind of document, one answer a line. */
export const recorded = <Answer = Recorded>(kind: string): Answer[] =>
  readFileSync(new URL(`../testdata/${kind}.answers.jsonl`, import.meta.url), 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map((line): Answer => JSON.parse(line));
