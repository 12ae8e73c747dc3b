import type { Paths } from '../../drivers/contract/paths.ts';
import { certificates } from './certificates.ts';
import { cgroups } from './cgroups.ts';
import type { Check, Finding } from './finding.ts';
import { firewall } from './firewall.ts';
import { kernel } from './kernel.ts';
import { metrics } from './metrics.ts';
import { polkit } from './polkit.ts';
import { hostPrograms } from './programs.ts';
import { sockets } from './sockets.ts';
import { sysctls } from './sysctls.ts';

export interface Report {
  readonly text: string;
  /** Nothing keeps containers from running. */
  readonly healthy: boolean;
}

/** `lxvirtd doctor`: looks at the host, changes nothing, and says what to change. */
export async function examine(paths: Paths): Promise<Report> {
  const checks: readonly Check[] = [
    kernel,
    cgroups,
    sysctls,
    hostPrograms,
    sockets(paths),
    certificates(paths),
    polkit(paths),
    metrics(paths),
    firewall,
  ];
  const parts: string[] = [];
  let healthy = true;
  for (const check of checks) {
    const findings = await check.look();
    healthy &&= findings.every(({ state }) => state !== 'missing');
    parts.push(`${check.title}\n${findings.map(line).join('\n')}\n`);
  }
  return { text: `${parts.join('\n')}\n`, healthy };
}

const marks = { ok: 'ok     ', advice: 'advice ', missing: 'MISSING' } as const;

const line = ({ state, text, remedy }: Finding): string =>
  `  ${marks[state]} ${text}${remedy === undefined ? '' : `\n            ${remedy}`}`;
