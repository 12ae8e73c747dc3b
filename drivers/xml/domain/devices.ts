import { children, group, textChild } from '../describe/element.ts';
import { foreign, shaped } from '../describe/foreign.ts';
import { mapped, ordered, record, type Part } from '../describe/part.ts';
import { string } from '../describe/text.ts';
import { childrenOf, type XmlElement } from '../tree.ts';
import { consoleDevice, numberedConsoles } from './console.ts';
import type { DiskDevice, DomainDevices } from './definition.ts';
import { disk, diskNumber } from './disk.ts';
import { xmlError } from './errors.ts';
import { filesystem } from './filesystem.ts';
import { deviceForms } from './forms.ts';
import { completedDevice, completedDevices } from './foreign-devices.ts';
import { hostDevice } from './hostdev.ts';
import { networkInterface } from './interface.ts';

const order = (
  'emulator disk controller lease filesystem interface smartcard serial parallel console channel input tpm graphics ' +
  'sound audio video hostdev redirdev redirfilter hub watchdog memballoon rng nvram panic shmem memory vsock crypto iommu'
).split(' ');

const numbered: Part<DomainDevices['consoles']> = mapped(
  children('console', consoleDevice),
  numberedConsoles,
  consoles => consoles,
);

/** Disks come back sorted by bus and by the number that their target's name stands for. */
const sortedDisks: Part<DiskDevice[]> = mapped(
  children('disk', disk),
  disks => {
    checkTargets(disks);
    return sortDisks(disks);
  },
  disks => disks,
);

function checkTargets(disks: readonly DiskDevice[]): void {
  const seen = new Map<string, DiskDevice>();
  for (const one of disks) {
    const other = seen.get(one.target);
    if (other !== undefined)
      throw xmlError(
        `target '${one.target}' duplicated for disk sources '${shown(other.source)}' and '${shown(one.source)}'`,
      );
    seen.set(one.target, one);
  }
}

const shown = (source: string | null): string => source ?? '(null)';

/** Each disk goes behind the last of its bus that has a lower number, else in front of the first that has a higher one. */
export function sortDisks(disks: readonly DiskDevice[]): DiskDevice[] {
  const sorted: { disk: DiskDevice; number: number }[] = [];
  for (const one of disks) {
    const number = diskNumber(one.target);
    const behind = sorted.findLastIndex(other => other.number < number && other.disk.bus === one.bus);
    const before = sorted.findIndex(other => other.number > number && other.disk.bus === one.bus);
    const at = behind >= 0 ? behind + 1 : before >= 0 ? before : sorted.length;
    sorted.splice(at, 0, { disk: one, number });
  }
  return sorted.map(({ disk: one }) => one);
}

const contents = record<DomainDevices>({
  emulator: textChild('emulator', string),
  disks: sortedDisks,
  filesystems: children('filesystem', filesystem),
  interfaces: children('interface', networkInterface),
  hostdevs: children('hostdev', hostDevice),
  consoles: numbered,
  foreign: foreign(deviceForms),
});

/** All `<devices>` of a document, one after the other. */
const merged = (from: XmlElement): XmlElement => {
  const [first, ...others] = childrenOf(from, 'devices');
  if (first === undefined || others.length === 0) return from;
  const all = { ...first, children: [first, ...others].flatMap(element => element.children) };
  return { ...from, children: [all] };
};

const element = group('devices', ordered(contents, order));

/** `<devices>` */
export const devices: Part<DomainDevices> = {
  read: (from, mode) => checkedAliases(completedDevices(element.read(merged(from), mode))),
  write: (value, to, mode) =>
    element.write(mode.secure ? value : { ...value, foreign: value.foreign.map(withoutPassword) }, to, mode),
};

/** Every device can be told from the others by its name. */
export function checkedAliases(devices: DomainDevices): DomainDevices {
  const { disks, filesystems, interfaces, hostdevs, consoles } = devices;
  const seen = new Set<string>();
  for (const { alias } of [...disks, ...filesystems, ...interfaces, ...hostdevs, ...consoles]) {
    if (alias !== null && seen.has(alias)) throw xmlError(`non unique alias detected: ${alias}`);
    if (alias !== null) seen.add(alias);
  }
  return devices;
}

/** Passwords of graphics are for those who ask for secrets. */
const withoutPassword = (device: XmlElement): XmlElement =>
  device.name === 'graphics'
    ? { ...device, attributes: device.attributes.filter(({ name }) => !name.startsWith('passwd')) }
    : device;

/** A device that containers do not have, by itself; null for an element that is no device. */
export function shapedDevice(root: XmlElement): XmlElement | null {
  const form = deviceForms.get(root.name);
  return form === undefined ? null : completedDevice(shaped(root, form));
}
