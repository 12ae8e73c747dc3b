import type { LxcContext } from '../context.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';

/** Takes back the label of a container that has ended. What stays of it is reported: it keeps nobody from anything. */
export async function withdrawLabel(
  { log, security }: LxcContext,
  domain: string,
  definition: DomainDefinition,
): Promise<void> {
  try {
    await security.withdraw(definition);
  } catch (error) {
    log.warn({ domain, error }, 'A security label is left behind');
  }
}
