import { readlinkSync } from 'node:fs';
import { errors } from '../../contract/error.ts';
import type { LxcDomain, RunningDomain } from '../domain.ts';

/** Throws operationInvalid for a container that sees the host's network, or somebody else's: what is plugged there is not its own. */
export function requireOwnNetwork({ name, definition }: LxcDomain, { initPid }: RunningDomain): void {
  const shared = definition.namespaces.some(({ kind, type }) => kind === 'sharenet' && type !== 'none');
  if (shared || networkOf(initPid) === networkOf('self'))
    throw errors.operationInvalid(
      `domain '${name}' was started without a network of its own: it needs an interface or <privnet/> from its start on`,
    );
}

const networkOf = (pid: number | 'self'): string => readlinkSync(`/proc/${pid}/ns/net`);
