import type { Difference, Known, KnownClass } from './differences.ts';
import type { PlayedStep } from './play.ts';

/** docs/compatibility.md. */
export function compatibilityPage(ours: readonly PlayedStep[], found: readonly Difference[], known: Known): string {
  const sections = [...new Set(ours.map(({ section }) => section))];
  const rows = sections.map(section => `| ${section} | ${count(ours, section)} | ${count(found, section)} |`);
  const own = found.filter(({ classes }) => classes.length === 0);
  return `# Compatibility

Written by \`npm test\` (conformance/compare): the same ${ours.length} steps with stock virsh and the Python binding, on libvirtd 9.0.0
and on lxvirtd. ${ours.length - found.length} of them came out the same: output, error code, error text, exit status. The other ${found.length} are listed below.

| steps about | played | different |
| --- | ---: | ---: |
${rows.join('\n')}

## Differences of many steps

${Object.entries(known.classes)
  .map(([name, known]) => classSection(name, known, members(found, name)))
  .join('\n')}
## Other differences

${own.map(difference => ownSection(difference, known)).join('\n') || 'None.\n'}`;
}

function classSection(name: string, { reason, peer }: KnownClass, steps: readonly Difference[]): string {
  const list = steps.map(({ key, ours }) => `| ${cell(key)} |${peer === undefined ? '' : ` ${cell(summary(ours))} |`}`);
  const head = peer === undefined ? '| step |\n| --- |' : '| step | lxvirtd |\n| --- | --- |';
  return `### ${name} (${steps.length})\n\n${reason}\n\n${head}\n${list.join('\n')}\n`;
}

function ownSection({ key, peer, ours }: Difference, known: Known): string {
  const reason = known.steps[key] ?? 'Not explained.';
  return `### ${key.replaceAll('<', '\\<')}\n\n${reason}\n\nlibvirtd 9.0.0:\n\n${block(peer)}\n\nlxvirtd:\n\n${block(ours)}\n`;
}

function members(found: readonly Difference[], name: string): Difference[] {
  return found.filter(({ classes }) => classes.includes(name));
}

/** The first line, and that there are more. */
function summary(outcome: string): string {
  const [first = '', ...rest] = outcome.split('\n').filter(line => line.trim() !== '' && !/^status \d+$/.test(line));
  return rest.length === 0 ? first : `${first} …`;
}

function cell(text: string): string {
  return `\`${text.replaceAll('|', '\\|').replaceAll('`', "'")}\``;
}

function count(list: readonly { section: string }[], section: string): number {
  return list.filter(one => one.section === section).length;
}

function block(text: string): string {
  return `\`\`\`\`text\n${text}\n\`\`\`\``;
}
