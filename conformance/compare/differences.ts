import type { PlayedStep } from './play.ts';

/** known-differences.json: why lxvirtd differs from the peer, where it does. */
export interface Known {
  /** What many steps differ in, by name. */
  readonly classes: Readonly<Record<string, KnownClass>>;
  /** The reasons of other differences, by the keys of their steps. */
  readonly steps: Readonly<Record<string, string>>;
}

/** A class is told by one of two things. */
export interface KnownClass {
  readonly reason: string;
  /** What the peer says, as a regular expression, and lxvirtd does not: that it cannot do what lxvirtd does. */
  readonly peer?: string;
  /** Regular expressions, and what to put for what they find in both outcomes; these are the same after that. */
  readonly rewrite?: readonly (readonly [string, string])[];
}

export interface Difference {
  readonly key: string;
  readonly section: string;
  readonly peer: string;
  readonly ours: string;
  /** The classes that it belongs to; empty for one that has, or needs, a reason of its own. */
  readonly classes: readonly string[];
}

/** The steps whose outcomes are not the same. */
export function differences(peer: readonly PlayedStep[], ours: readonly PlayedStep[], known: Known): Difference[] {
  const expected = new Map(peer.map(step => [step.key, step.outcome]));
  return ours
    .map(({ key, section, outcome }) => ({ key, section, ours: outcome, peer: expected.get(key) ?? '(not recorded)' }))
    .filter(difference => difference.ours !== difference.peer)
    .map(difference => ({ ...difference, classes: classesOf(difference, known) }));
}

/** The class that tells by what the peer says; else those whose rewriting, one after the other, makes the outcomes the same. */
function classesOf({ key, peer, ours }: { key: string; peer: string; ours: string }, known: Known): string[] {
  if (key in known.steps) return [];
  const classes = Object.entries(known.classes);
  const said = classes.find(([, one]) => one.peer !== undefined && says(peer, one.peer) && !says(ours, one.peer));
  if (said !== undefined) return [said[0]];
  const used: string[] = [];
  let outcomes = { peer, ours };
  for (const [name, { rewrite = [] }] of classes) {
    const next = { peer: rewritten(outcomes.peer, rewrite), ours: rewritten(outcomes.ours, rewrite) };
    if (next.peer !== outcomes.peer || next.ours !== outcomes.ours) used.push(name);
    outcomes = next;
    if (outcomes.peer === outcomes.ours) return used;
  }
  return [];
}

function says(text: string, pattern: string): boolean {
  return new RegExp(pattern, 'm').test(text);
}

function rewritten(text: string, rewrite: readonly (readonly [string, string])[]): string {
  return rewrite.reduce((result, [from, to]) => result.replaceAll(new RegExp(from, 'gm'), to), text);
}

/** Keys of differences without a class and a reason. */
export function unexplained(found: readonly Difference[], known: Known): Difference[] {
  return found.filter(({ key, classes }) => classes.length === 0 && !(key in known.steps));
}

/** Classes and steps of `known` that no difference belongs to any more. */
export function outdated(found: readonly Difference[], known: Known): string[] {
  const keys = new Set(found.map(({ key }) => key));
  const classes = new Set(found.flatMap(difference => difference.classes));
  return [
    ...Object.keys(known.classes).filter(name => !classes.has(name)),
    ...Object.keys(known.steps).filter(key => !keys.has(key)),
  ];
}
