import { attributeOf, childOf, xmlElement, type XmlElement } from '../tree.ts';
import type { DiskDevice } from './definition.ts';
import { diskNumber } from './disk.ts';

/** Drive addresses: how many units a bus has, and how many buses a controller. */
const drives: Readonly<Record<string, { units: number; buses: number }>> = {
  ide: { units: 2, buses: 2 },
  fdc: { units: 2, buses: 1 },
  scsi: { units: 7, buses: 1 },
  sata: { units: 6, buses: 1 },
};

/** A disk on a bus of drives has the address that its name stands for. */
export function addressed(disk: DiskDevice): DiskDevice {
  const drive = drives[disk.bus];
  if (drive === undefined || disk.foreign.some(({ name }) => name === 'address')) return disk;
  const number = diskNumber(disk.target);
  const address = xmlElement('address', {
    type: 'drive',
    controller: String(Math.floor(number / (drive.units * drive.buses))),
    bus: String(Math.floor(number / drive.units) % drive.buses),
    target: '0',
    unit: String(number % drive.units),
  });
  return { ...disk, foreign: [...disk.foreign, address] };
}

/** Controllers that devices need and the document does not name, from 0 up to the highest. */
export function withControllers(foreign: XmlElement[], disks: readonly DiskDevice[]): XmlElement[] {
  const there = new Set(foreign.filter(({ name }) => name === 'controller').map(controllerKey));
  const added: XmlElement[] = [];
  for (const [type, highest] of neededControllers(foreign, disks))
    for (let index = 0; index <= highest; index++) {
      const controller = xmlElement('controller', { type, index: String(index) });
      if (!there.has(controllerKey(controller))) added.push(controller);
    }
  return [...foreign, ...added];
}

const controllerKey = (element: XmlElement): string =>
  `${attributeOf(element, 'type') ?? ''} ${attributeOf(element, 'index') ?? ''}`;

/** The highest number of each type of controller. */
function neededControllers(foreign: readonly XmlElement[], disks: readonly DiskDevice[]): Map<string, number> {
  const needed = new Map<string, number>();
  const need = (type: string, index: number): void => {
    needed.set(type, Math.min(MAX_CONTROLLER, Math.max(needed.get(type) ?? 0, index)));
  };
  for (const { bus, foreign: parts } of disks) {
    const address = parts.find(({ name }) => name === 'address');
    if (drives[bus] !== undefined && address !== undefined)
      need(bus, Number(attributeOf(address, 'controller') ?? 0) || 0);
  }
  if (foreign.some(element => element.name === 'channel' && isVirtioChannel(element))) need('virtio-serial', 0);
  return needed;
}

const MAX_CONTROLLER = 255;

const isVirtioChannel = (element: XmlElement): boolean => {
  const target = childOf(element, 'target');
  return target !== null && attributeOf(target, 'type') === 'virtio';
};
