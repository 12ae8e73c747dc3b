import type { LxcContext } from '../context.ts';
import type { LxcHookPhase } from '../hooks/lxc-hooks.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import { formatDomain } from '../../xml/domain/format.ts';

/** Tells the host's scripts that a container is gone. They cannot keep it: a failure is reported and that is all. */
export async function endingHooks(
  { hooks, log }: LxcContext,
  definition: DomainDefinition,
  id: number | null,
  signal: AbortSignal,
): Promise<void> {
  const run = async (phase: LxcHookPhase, xml: () => string): Promise<void> => {
    try {
      await hooks.run(phase, definition.name, xml, signal);
    } catch (error) {
      log.warn({ domain: definition.name, phase, error }, 'A hook script failed');
    }
  };
  await run('stopped', () => formatDomain(definition, id === null ? {} : { id }));
  await run('release', () => formatDomain(definition, {}));
}
