import type { LxcContext } from '../../context.ts';
import type { LxcDomain } from '../../domain.ts';
import type { ContainerProcess } from '../../process/container-process.ts';
import { within } from '../../stop/within.ts';
import { agentOf } from '../session/agent-sessions.ts';
import { thawFileSystems } from './freezing.ts';

/** How long the end of a container waits for this, in ms. */
const LIMIT = 10_000;

/**
 * Thaws what of a container is frozen, before it is killed and after it has ended: its programs may wait for it where no
 * signal reaches them, and so would its next run, or who detaches its image. Never rejects.
 */
export async function thawAtEnd(context: LxcContext, domain: LxcDomain, process: ContainerProcess): Promise<void> {
  if (process.frozen.length === 0) return;
  try {
    await within(thawFileSystems(agentOf(context, domain, process)), LIMIT);
  } catch (error) {
    context.log.warn({ domain: domain.name, error }, 'The file systems of a container that ends stay frozen');
  }
}
