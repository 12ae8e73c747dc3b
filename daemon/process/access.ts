import type { Drivers } from '../../drivers/contract/drivers.ts';
import type { Log } from '../../drivers/contract/log.ts';
import { AccessControl } from '../access/access-control.ts';
import { guard } from '../access/guard.ts';
import { GuardedEvents } from '../access/guarded-events.ts';
import { PolkitPolicy } from '../access/polkit-policy.ts';
import type { DaemonSettings } from '../config/daemon-config.ts';
import type { EventGate } from '../events/event-gate.ts';
import type { PolkitAuthority } from '../polkit/authority.ts';
import type { ServedProgram } from '../rpc/programs.ts';

interface AccessParts {
  readonly settings: DaemonSettings;
  readonly drivers: Drivers;
  readonly polkit: PolkitAuthority;
  readonly log: Log;
}

/** What stands between clients and what is served to them. */
export interface Access {
  guard(served: ServedProgram): ServedProgram;
  readonly events: EventGate;
}

/** Null without access drivers: whoever has authenticated may do everything. */
export function createAccess({ settings, drivers, polkit, log }: AccessParts): Access | null {
  const wanted: readonly string[] = settings.access_drivers;
  if (!wanted.includes('polkit')) return null;
  const control = new AccessControl(new PolkitPolicy(polkit, log), drivers, log);
  return {
    guard: served => guard(served, control, drivers),
    events: new GuardedEvents(control, log),
  };
}
