import type { PlayedStep } from './play.ts';

export interface Difference {
  readonly key: string;
  readonly section: string;
  readonly peer: string;
  readonly ours: string;
}

/** The steps whose outcomes are not the same. */
export function differences(peer: readonly PlayedStep[], ours: readonly PlayedStep[]): Difference[] {
  const expected = new Map(peer.map(step => [step.key, step.outcome]));
  return ours
    .map(({ key, section, outcome }) => ({ key, section, ours: outcome, peer: expected.get(key) ?? '(not recorded)' }))
    .filter(difference => difference.ours !== difference.peer);
}

/** docs/compatibility.md. `reasons` are the known differences. */
export function compatibilityPage(
  ours: readonly PlayedStep[],
  found: readonly Difference[],
  reasons: Readonly<Record<string, string>>,
): string {
  const sections = [...new Set(ours.map(({ section }) => section))];
  const rows = sections.map(section => `| ${section} | ${count(ours, section)} | ${count(found, section)} |`);
  const details = found.map(
    ({ key, peer, ours: own }) =>
      `### ${key}\n\n${reasons[key] ?? 'Not explained.'}\n\nlibvirtd 9.0.0:\n\n${block(peer)}\n\nlxvirtd:\n\n${block(own)}\n`,
  );
  return `# Compatibility

Written by \`npm test\` (conformance/compare): the same ${ours.length} steps with stock virsh and the Python binding, on libvirtd 9.0.0
and on lxvirtd. Everything that is not listed below came out the same: output, error code, error text.

| steps about | played | different |
| --- | ---: | ---: |
${rows.join('\n')}

## Differences

${details.join('\n') || 'None.'}
`;
}

function count(list: readonly { section: string }[], section: string): number {
  return list.filter(one => one.section === section).length;
}

function block(text: string): string {
  return `\`\`\`\`text\n${text}\n\`\`\`\``;
}
