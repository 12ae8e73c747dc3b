import { readFile } from 'node:fs/promises';
import type { AgentSession } from '../session/agent-session.ts';

/** "0-3,6": the CPUs that the container's programs may run on, as the kernel writes such lists. None of them can be taken away from inside. */
export async function allowedCpus({ process }: AgentSession): Promise<string> {
  const status = await readFile(`/proc/${process.initPid}/status`, 'latin1');
  return /^Cpus_allowed_list:\t([\d,-]+)$/m.exec(status)?.[1] ?? '';
}

/** The numbers of such a list. */
export function cpuNumbers(list: string): number[] {
  return list.split(',').flatMap(part => {
    const [first, last] = part.split('-').map(Number);
    if (part === '' || first === undefined) return [];
    return Array.from({ length: (last ?? first) - first + 1 }, (_, index) => first + index);
  });
}
