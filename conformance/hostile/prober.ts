/** Runs probes from where it is run. Standard input: a list of {probe, target} as JSON; prints the list of what they found out. */
import { text } from 'node:stream/consumers';
import { probes, type ProbeName } from './probes.ts';
import type { Target } from './target.ts';

export interface Inquiry {
  readonly probe: ProbeName;
  readonly target: Target;
}

const inquiries: readonly Inquiry[] = JSON.parse(await text(process.stdin));
const found: unknown[] = [];
for (const { probe, target } of inquiries) found.push(await probes[probe](target));
process.stdout.write(JSON.stringify(found), () => process.exit(0));
