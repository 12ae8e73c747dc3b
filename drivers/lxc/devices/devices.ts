import { DomainDeviceModifyFlags as Flags } from '../../contract/constants.ts';
import type { DomainRef } from '../../contract/domain.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { DomainDevices } from '../../contract/hypervisor.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import { parseDevice } from '../../xml/domain/device.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { domainRef } from '../list/domain-list.ts';
import { affected, type Affected } from '../operations/affect.ts';
import { storedDefinition } from '../operations/claim.ts';
import { saveStatus } from '../process/status.ts';
import { boundDevice, deviceNamed, type BoundDevice, type LiveResult } from './bound-device.ts';
import type { LiveChange } from './device-kind.ts';
import { refused } from './unattached.ts';

export type DeviceChanges = Pick<
  DomainDevices,
  'domainAttachDeviceFlags' | 'domainDetachDeviceFlags' | 'domainUpdateDeviceFlags' | 'domainDetachDeviceAlias'
>;

/** What a call does to the definition of a domain, and to its container; and what is told of the latter. */
interface DeviceChange {
  stored(definition: DomainDefinition): DomainDefinition;
  live(change: LiveChange): Promise<LiveResult>;
  readonly event: 'deviceAdded' | 'deviceRemoved' | null;
  /** What the host's audit calls it. */
  readonly reason: 'attach' | 'detach' | 'update';
}

const both = Flags.LIVE | Flags.CONFIG;

/** Devices come and go: of running containers, of what domains are defined as, or of both. */
export function deviceChanges(context: LxcContext): DeviceChanges {
  const change = (
    ref: DomainRef,
    flags: number,
    prepare: (domain: LxcDomain, which: Affected) => Promise<DeviceChange>,
  ) =>
    context.jobs.change(ref, async (domain, signal) => {
      const which = affected(domain, flags);
      await perform(context, domain, which, signal, await prepare(domain, which));
    });
  return {
    async domainAttachDeviceFlags(ref, xml, flags) {
      checkFlags(flags, both, 'lxcDomainAttachDeviceFlags');
      await change(ref, flags, async (_, which) => {
        const device = await read(xml, 'attach', which);
        return {
          stored: definition => device.added(definition),
          live: live => device.attach(live),
          event: 'deviceAdded',
          reason: 'attach',
        };
      });
    },

    async domainDetachDeviceFlags(ref, xml, flags) {
      checkFlags(flags, both, 'lxcDomainDetachDeviceFlags');
      await change(ref, flags, async (_, which) => {
        const device = await read(xml, 'detach', which);
        return {
          stored: definition => device.removed(definition),
          live: live => detach(live, device),
          event: 'deviceRemoved',
          reason: 'detach',
        };
      });
    },

    async domainUpdateDeviceFlags(ref, xml, flags) {
      // FORCE opens the tray of a guest that locks it: containers lock none.
      checkFlags(flags, both | Flags.FORCE, 'lxcDomainUpdateDeviceFlags');
      await change(ref, flags & both, async (_, which) => {
        const device = await read(xml, 'update', which);
        return {
          stored: definition => device.changed(definition),
          live: live => device.update(live),
          event: null,
          reason: 'update',
        };
      });
    },

    async domainDetachDeviceAlias(ref, alias, flags) {
      checkFlags(flags, both, 'lxcDomainDetachDeviceAlias');
      await change(ref, flags, (domain, { live }) => {
        const running = live ? deviceNamed(alias, domain.definition) : null;
        return Promise.resolve({
          stored: definition => deviceNamed(alias, definition).removed(definition),
          live: change => detach(change, running ?? deviceNamed(alias, domain.definition)),
          event: 'deviceRemoved',
          reason: 'detach',
        });
      });
    },
  };
}

/** Throws configUnsupported or operationUnsupported for a device that containers cannot be given. */
async function read(xml: string, change: 'attach' | 'detach' | 'update', which: Affected): Promise<BoundDevice> {
  const device = await parseDevice(xml, which.live && change === 'detach');
  const bound = boundDevice(device);
  if (bound !== null) return bound;
  throw refused(change, device.kind === 'foreign' ? device.device.name : device.kind, which);
}

/** The definition first, which is only thought; then the container; and last what the next daemon, and the next start, will read. */
async function perform(
  context: LxcContext,
  domain: LxcDomain,
  which: Affected,
  signal: AbortSignal,
  change: DeviceChange,
): Promise<void> {
  const stored = which.config ? change.stored(storedDefinition(domain)) : null;
  if (which.live) {
    const process = context.processes.running(domain);
    const { definition, alias } = await audited(context, domain, change, () =>
      change.live({ context, domain, process, signal }),
    );
    domain.definition = definition;
    process.source = definition;
    if (change.event !== null) context.events.emit({ kind: change.event, domain: domainRef(domain), alias });
    await saveStatus(context, domain);
  }
  if (stored === null) return;
  await context.store.definitions.save(stored);
  if (domain.running === null) domain.definition = stored;
  else domain.nextDefinition = stored;
}

/** Tells the host's audit of a change to a running container, and of one that failed. */
async function audited(
  { audit }: LxcContext,
  { definition: before }: LxcDomain,
  change: DeviceChange,
  act: () => Promise<LiveResult>,
): Promise<LiveResult> {
  try {
    const result = await act();
    audit.changed(before, result.definition, change.reason, true);
    return result;
  } catch (error) {
    audit.changed(before, wanted(before, change), change.reason, false);
    throw error;
  }
}

/** What a domain was to have; what it has, where not even that can be said. */
function wanted(before: DomainDefinition, change: DeviceChange): DomainDefinition {
  try {
    return change.stored(before);
  } catch {
    return before;
  }
}

/** A device that is there and does not go is told of, too. */
async function detach(change: LiveChange, device: BoundDevice): Promise<LiveResult> {
  const { context, domain } = change;
  const alias = device.aliasIn(domain.definition);
  try {
    return await device.detach(change);
  } catch (error) {
    context.events.emit({ kind: 'deviceRemovalFailed', domain: domainRef(domain), alias });
    throw error;
  }
}
