import type { AgentSession } from '../session/agent-session.ts';

/** A disk of the container. */
export interface DiskFacts {
  /** Its node inside. */
  readonly node: string;
  readonly target: string;
  readonly serial: string | null;
}

export const disksOf = ({ domain }: AgentSession): DiskFacts[] =>
  domain.definition.devices.disks.map(({ target, serial }) => ({ node: `/dev/${target}`, target, serial }));
