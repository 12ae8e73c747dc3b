import { CgroupUnavailable, type BlkioDeviceLimit } from './cgroup.ts';
import { readControl, writeControl, writeControlInBackground } from './file.ts';

type Rate = 'readBytesSec' | 'writeBytesSec' | 'readIopsSec' | 'writeIopsSec';

/** One row for each rate: v1 has a file for it, v2 a key in io.max. */
const rates: readonly { readonly rate: Rate; readonly v1: string; readonly v2: string }[] = [
  { rate: 'readBytesSec', v1: 'blkio.throttle.read_bps_device', v2: 'rbps' },
  { rate: 'writeBytesSec', v1: 'blkio.throttle.write_bps_device', v2: 'wbps' },
  { rate: 'readIopsSec', v1: 'blkio.throttle.read_iops_device', v2: 'riops' },
  { rate: 'writeIopsSec', v1: 'blkio.throttle.write_iops_device', v2: 'wiops' },
];

/** Where a weight for one device goes: the first file that the kernel has. */
const weightFiles: Readonly<Record<1 | 2, readonly string[]>> = {
  1: ['blkio.weight_device', 'blkio.bfq.weight_device'],
  2: ['io.bfq.weight', 'io.weight'],
};

/** Sets what is not null; 0 takes a limit away. */
export function setThrottles(version: 1 | 2, directory: string, limit: BlkioDeviceLimit): void {
  const device = `${limit.major}:${limit.minor}`;
  const set = rates.flatMap(row => (limit[row.rate] === null ? [] : [{ ...row, value: BigInt(limit[row.rate] ?? 0) }]));
  if (version === 1) for (const { v1, value } of set) writeControl(directory, v1, `${device} ${value}`);
  else if (set.length > 0)
    writeControl(directory, 'io.max', `${device} ${set.map(({ v2, value }) => `${v2}=${value || 'max'}`).join(' ')}`);
  if (limit.weight !== null) setWeight(version, directory, device, limit.weight);
}

const READ_LIMITS = 'blkio.throttle.read_bps_device';

/** v1: a limit that is none makes the kernel count a device's I/O. One that there is has done so already. */
export async function startCounting(directory: string, device: string): Promise<void> {
  const limited = readControl(directory, READ_LIMITS)
    ?.split('\n')
    .some(line => line.startsWith(`${device} `));
  if (limited === false) await writeControlInBackground(directory, READ_LIMITS, `${device} 0`);
}

function setWeight(version: 1 | 2, directory: string, device: string, weight: number): void {
  const file = weightFiles[version].find(name => readControl(directory, name) !== null);
  if (file === undefined) throw new CgroupUnavailable('blkio');
  writeControl(directory, file, `${device} ${weight === 0 && version === 2 ? 'default' : weight}`);
}
