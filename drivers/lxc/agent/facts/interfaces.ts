import type { LinkStatistics } from '../../../../native/network/link-message.ts';
import { containerAddresses, linksOf, type NamespaceInterface } from '../../../../native/network/namespace.ts';
import type { AgentSession } from '../session/agent-session.ts';

/** A network interface as the container sees it. */
export interface InterfaceFacts extends NamespaceInterface {
  readonly statistics: LinkStatistics | null;
}

/** Nobody in the container has to be asked: the kernel knows. */
export function networkInterfaces({ process: { initPid } }: AgentSession): InterfaceFacts[] {
  const statistics = new Map(linksOf(initPid).map(link => [link.name, link.statistics]));
  return containerAddresses(initPid).map(found => ({ ...found, statistics: statistics.get(found.name) ?? null }));
}
