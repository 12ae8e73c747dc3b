import { isElement, textOf, xmlElement, type XmlElement } from '../tree.ts';
import type { DiskDevice } from './definition.ts';

/** The rates of `<iotune>` that a container can be held to, in libvirt's order. */
export const ioRates = [
  'total_bytes_sec',
  'read_bytes_sec',
  'write_bytes_sec',
  'total_iops_sec',
  'read_iops_sec',
  'write_iops_sec',
] as const;
export type IoRate = (typeof ioRates)[number];

/** Bytes and requests a second; 0 is without limit. */
export type IoTune = Readonly<Record<IoRate, bigint>>;

export const noIoTune: IoTune = {
  total_bytes_sec: 0n,
  read_bytes_sec: 0n,
  write_bytes_sec: 0n,
  total_iops_sec: 0n,
  read_iops_sec: 0n,
  write_iops_sec: 0n,
};

const isIoRate = (name: string): name is IoRate => Object.hasOwn(noIoTune, name);

const isIoTune = ({ name }: XmlElement): boolean => name === 'iotune';

/** What a disk's `<iotune>` says; what is no number is none. */
export function ioTuneOf({ foreign }: DiskDevice): IoTune {
  const rates = { ...noIoTune };
  for (const child of foreign.find(isIoTune)?.children ?? []) {
    if (!isElement(child) || !isIoRate(child.name)) continue;
    const text = textOf(child).trim();
    rates[child.name] = /^\d{1,20}$/.test(text) ? BigInt(text) : 0n;
  }
  return rates;
}

/** The disk with these rates; what else its `<iotune>` says stays. */
export function withIoTune(disk: DiskDevice, tune: IoTune): DiskDevice {
  const others = (disk.foreign.find(isIoTune)?.children ?? []).filter(
    child => isElement(child) && !isIoRate(child.name),
  );
  const rates = ioRates.flatMap(name => (tune[name] === 0n ? [] : [xmlElement(name, {}, [String(tune[name])])]));
  const children = [...rates, ...others];
  const kept = disk.foreign.filter(element => !isIoTune(element));
  return { ...disk, foreign: children.length === 0 ? kept : [...kept, xmlElement('iotune', {}, children)] };
}
