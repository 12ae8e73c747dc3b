import type { DeviceRule } from './cgroup.ts';
import { readControl, writeControl } from './file.ts';

const letters = { char: 'c', block: 'b', all: 'a' } as const;

/** A rule as v1's devices.allow and devices.deny take it and devices.list shows it. */
const ruleLine = ({ kind, major, minor, access }: DeviceRule): string =>
  `${letters[kind]} ${major ?? '*'}:${minor ?? '*'} ${access}`;

/**
 * Makes v1's whitelist exactly these rules. What a running container has open and keeps the right to is never denied in
 * between: new rules are added before old ones are taken away.
 */
export function setLegacyDevices(directory: string, rules: readonly DeviceRule[]): void {
  const wanted = rules.map(ruleLine);
  const present = (readControl(directory, 'devices.list') ?? '').split('\n').filter(line => line !== '');
  // a new cgroup has inherited "everything", which no list of exceptions would narrow
  if (present.some(line => line.startsWith('a '))) writeControl(directory, 'devices.deny', 'a');
  const kept = new Set(present.filter(line => !line.startsWith('a ')));
  const added = wanted.filter(line => !kept.has(line));
  if (added.length > 0) writeControl(directory, 'devices.allow', ...added);
  const removed = [...kept].filter(line => !wanted.includes(line));
  if (removed.length === 0) return;
  writeControl(directory, 'devices.deny', ...removed);
  // a rule that was narrowed ("rwm" to "rw") lost its letters with the wider one
  if (wanted.length > 0) writeControl(directory, 'devices.allow', ...wanted);
}
