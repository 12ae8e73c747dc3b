import type { Drivers } from '../../drivers/contract/drivers.ts';
import type { Log } from '../../drivers/contract/log.ts';
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

/** Null without access drivers: whoever has authenticated may do everything. What they need is loaded only then. */
export async function createAccess({ settings, drivers, polkit, log }: AccessParts): Promise<Access | null> {
  const wanted: readonly string[] = settings.access_drivers;
  if (!wanted.includes('polkit')) return null;
  const { AccessControl } = await import('../access/access-control.ts');
  const { guard } = await import('../access/guard.ts');
  const { GuardedEvents } = await import('../access/guarded-events.ts');
  const { PolkitPolicy } = await import('../access/polkit-policy.ts');
  const control = new AccessControl(new PolkitPolicy(polkit, log), drivers, log);
  return {
    guard: served => guard(served, control, drivers),
    events: new GuardedEvents(control, log),
  };
}
