import { xmlError } from '../../xml/domain/errors.ts';
import type { DomainDefinition, DomainDevices } from '../../xml/domain/definition.ts';
import type { Device } from '../../xml/domain/device.ts';
import { checkedAliases } from '../../xml/domain/devices.ts';
import { completedDevices } from '../../xml/domain/foreign-devices.ts';
import { namedDevices, withAliases } from './aliases.ts';
import type { AliasedDevice, DeviceKind, LiveChange } from './device-kind.ts';
import { disks } from './disk.ts';
import { filesystems } from './filesystem.ts';
import { hostDevices } from './hostdev.ts';
import { interfaces } from './interface.ts';
import { missingDevice, notUpdatedLive } from './refusals.ts';
import { refused } from './unattached.ts';

/** What a running domain has once a device of it has changed, and the device's name. */
export interface LiveResult {
  readonly definition: DomainDefinition;
  readonly alias: string;
}

/** A device that a call is about, with what its kind makes of it. */
export interface BoundDevice {
  /** The definition that the domain is to have, with the device, without it, and with it changed. */
  added(definition: DomainDefinition): DomainDefinition;
  removed(definition: DomainDefinition): DomainDefinition;
  changed(definition: DomainDefinition): DomainDefinition;
  /** The same in the running container. */
  attach(change: LiveChange): Promise<LiveResult>;
  detach(change: LiveChange): Promise<LiveResult>;
  update(change: LiveChange): Promise<LiveResult>;
  /** The name of the device of the running domain that is meant. */
  aliasIn(definition: DomainDefinition): string;
}

/** Null for a device that containers do not have, or have from their start to their end. */
export function boundDevice(device: Device): BoundDevice | null {
  switch (device.kind) {
    case 'disk':
      return bind(disks, device.device);
    case 'filesystem':
      return bind(filesystems, device.device);
    case 'interface':
      return bind(interfaces(device.macGiven), device.device);
    case 'hostdev':
      return bind(hostDevices, device.device);
    default:
      return null;
  }
}

/** The device that has a name in a definition. Throws DEVICE_MISSING. */
export function deviceNamed(alias: string, { devices }: DomainDefinition): BoundDevice {
  const by =
    <D extends AliasedDevice>(kind: DeviceKind<D>) =>
    (): BoundDevice | null => {
      const device = kind.of(devices).find(one => one.alias === alias);
      return device === undefined ? null : bind({ ...kind, find: present => present.indexOf(device) }, device);
    };
  for (const found of [by(disks), by(filesystems), by(interfaces(true)), by(hostDevices)]) {
    const device = found();
    if (device !== null) return device;
  }
  if (devices.consoles.some(console => console.alias === alias))
    throw refused('detach', 'console', { live: true, config: false });
  throw missingDevice(`no device found with alias ${alias}`);
}

function bind<D extends AliasedDevice>(kind: DeviceKind<D>, wanted: D): BoundDevice {
  const stored = (definition: DomainDefinition, list: readonly D[]): DomainDefinition => ({
    ...definition,
    devices: checkedAliases(completedDevices(kind.put(definition.devices, list))),
  });
  const running = (definition: DomainDefinition, list: readonly D[]): DomainDefinition => ({
    ...definition,
    devices: kind.put(definition.devices, list),
  });
  const live = ({ domain }: LiveChange): readonly D[] => kind.of(domain.definition.devices);
  const find = (list: readonly D[], side: 'live' | 'config'): { index: number; device: D } => {
    const index = kind.find(list, wanted, side);
    const device = list[index];
    if (device === undefined) throw missingDevice('no such device');
    return { index, device };
  };
  return {
    added(definition) {
      const list = kind.of(definition.devices);
      kind.checkNew(list, wanted, 'config');
      return stored(definition, [...list, wanted]);
    },
    removed(definition) {
      const list = kind.of(definition.devices);
      return stored(definition, list.toSpliced(find(list, 'config').index, 1));
    },
    changed(definition) {
      const list = kind.of(definition.devices);
      if (kind.change === null) throw refused('update', '', { live: false, config: true });
      const { index, device } = find(list, 'config');
      return stored(definition, list.with(index, kind.change(device, wanted, 'config')));
    },
    async attach(change) {
      const { definition } = change.domain;
      const list = live(change);
      kind.checkNew(list, wanted, 'live');
      const named = withName(definition, running(definition, [...list, wanted]), devices => kind.of(devices));
      const made = await kind.live.attach(change, named);
      return { definition: running(definition, [...list, made]), alias: made.alias ?? '' };
    },
    async detach(change) {
      const list = live(change);
      const { index, device } = find(list, 'live');
      await kind.live.detach(change, device);
      return { definition: running(change.domain.definition, list.toSpliced(index, 1)), alias: device.alias ?? '' };
    },
    async update(change) {
      const list = live(change);
      if (kind.change === null) throw notUpdatedLive();
      const { index, device } = find(list, 'live');
      const made = await kind.live.update(change, device, kind.change(device, wanted, 'live'));
      return { definition: running(change.domain.definition, list.with(index, made)), alias: made.alias ?? '' };
    },
    aliasIn: definition => find(kind.of(definition.devices), 'live').device.alias ?? '',
  };
}

/** The one device that `after` has and `before` has not, with a name. Throws xmlError for a name that another has. */
function withName<D extends AliasedDevice>(
  before: DomainDefinition,
  after: DomainDefinition,
  of: (devices: DomainDevices) => readonly D[],
): D {
  const names = new Set(namedDevices(before.devices).map(({ alias }) => alias));
  const device = of(withAliases(after).devices).find(({ alias }) => !names.has(alias));
  if (device !== undefined) return device;
  const known = new Set<AliasedDevice>(of(before.devices));
  const duplicate = of(after.devices).find(one => !known.has(one))?.alias ?? '';
  throw xmlError(`non unique alias detected: ${duplicate}`);
}
