import { readFileSync } from 'node:fs';
import type { BlkioDeviceLimit } from './cgroup.ts';
import { readControl, writeControl } from './file.ts';

type Rate = 'readBytesSec' | 'writeBytesSec' | 'readIopsSec' | 'writeIopsSec';

/** One row for each rate: v1 has a file for it, v2 a key in io.max. */
const rates: readonly { readonly rate: Rate; readonly v1: string; readonly v2: string }[] = [
  { rate: 'readBytesSec', v1: 'blkio.throttle.read_bps_device', v2: 'rbps' },
  { rate: 'writeBytesSec', v1: 'blkio.throttle.write_bps_device', v2: 'wbps' },
  { rate: 'readIopsSec', v1: 'blkio.throttle.read_iops_device', v2: 'riops' },
  { rate: 'writeIopsSec', v1: 'blkio.throttle.write_iops_device', v2: 'wiops' },
];

/** Where a weight for one device goes: the first file that the kernel has. */
const weightFiles = {
  1: ['blkio.weight_device', 'blkio.bfq.weight_device'],
  2: ['io.bfq.weight', 'io.weight'],
} as const;

/** Sets what is not null; 0 takes a limit away. */
export function setThrottles(version: 1 | 2, directory: string, limit: BlkioDeviceLimit): void {
  const device = `${limit.major}:${limit.minor}`;
  const set = rates.flatMap(row => (limit[row.rate] === null ? [] : [{ ...row, value: BigInt(limit[row.rate] ?? 0) }]));
  if (version === 1) for (const { v1, value } of set) writeControl(directory, v1, `${device} ${value}`);
  else if (set.length > 0)
    writeControl(directory, 'io.max', `${device} ${set.map(({ v2, value }) => `${v2}=${value || 'max'}`).join(' ')}`);
  if (limit.weight !== null) setWeight(version, directory, device, limit.weight);
}

function setWeight(version: 1 | 2, directory: string, device: string, weight: number): void {
  const [preferred, other] = weightFiles[version];
  const file = readControl(directory, preferred) === null ? other : preferred;
  writeControl(directory, file, `${device} ${weight === 0 && version === 2 ? 'default' : weight}`);
}

/** Every device that has a limit or a weight of its own. A rate of 0 is none, a null weight is the cgroup's. */
export function throttledDevices(version: 1 | 2, directory: string): BlkioDeviceLimit[] {
  const found = new Map<string, Map<Rate | 'weight', bigint>>();
  const note = (device: string | undefined, key: Rate | 'weight', text: string | undefined): void => {
    if (device === undefined || text === undefined || !/^\d+:\d+$/.test(device) || !/^\d+$/.test(text)) return;
    const values = found.get(device) ?? new Map<Rate | 'weight', bigint>();
    found.set(device, values.set(key, BigInt(text)));
  };
  const lines = (file: string): string[][] =>
    (readControl(directory, file) ?? '').split('\n').map(line => line.trim().split(/[ =]/));

  for (const file of weightFiles[version]) for (const [device, weight] of lines(file)) note(device, 'weight', weight);
  if (version === 1)
    for (const { rate, v1 } of rates) for (const [device, value] of lines(v1)) note(device, rate, value);
  else
    for (const [device, ...pairs] of lines('io.max'))
      for (const { rate, v2 } of rates) note(device, rate, pairs[pairs.indexOf(v2) + 1]);
  return [...found].map(([device, values]) => limitOf(device, values));
}

function limitOf(device: string, values: ReadonlyMap<Rate | 'weight', bigint>): BlkioDeviceLimit {
  const [major = 0, minor = 0] = device.split(':').map(Number);
  const weight = values.get('weight');
  return {
    path: devicePath(major, minor),
    major,
    minor,
    weight: weight === undefined ? null : Number(weight),
    readIopsSec: Number(values.get('readIopsSec') ?? 0),
    writeIopsSec: Number(values.get('writeIopsSec') ?? 0),
    readBytesSec: values.get('readBytesSec') ?? 0n,
    writeBytesSec: values.get('writeBytesSec') ?? 0n,
  };
}

/** The node that udev and devtmpfs make for a device; its numbers where the kernel knows no such device any more. */
function devicePath(major: number, minor: number): string {
  try {
    const name = /^DEVNAME=(.*)$/m.exec(readFileSync(`/sys/dev/block/${major}:${minor}/uevent`, 'utf8'))?.[1];
    if (name !== undefined) return `/dev/${name}`;
  } catch {
    // unplugged
  }
  return `${major}:${minor}`;
}
