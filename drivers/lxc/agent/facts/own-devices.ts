import { stat } from 'node:fs/promises';
import type { DeviceNumbers } from '../../../../native/guest/guest.ts';
import type { LxcContext } from '../../context.ts';
import type { LxcDomain } from '../../domain.ts';
import type { DomainDefinition } from '../../../xml/domain/definition.ts';

/** A block device that a definition gives to its container. */
export interface OwnDevice {
  readonly numbers: DeviceNumbers;
  /** On the host. */
  readonly path: string;
  /** The target of the disk that it is; null for one that carries a file system of the definition. */
  readonly disk: string | null;
}

export const deviceKey = ({ major, minor }: DeviceNumbers): string => `${major}:${minor}`;

/** The block devices of a running domain: images by the devices that show them. What is not there (any more) is left out. */
export async function ownDevices(context: LxcContext, domain: LxcDomain): Promise<OwnDevice[]> {
  const process = context.processes.of(domain);
  const named = deviceNames(context, domain.name, domain.definition);
  const loops = (process?.container.loops ?? []).map(path => ({ path, disk: null }));
  const found = await Promise.all(
    [...named, ...loops].map(async ({ path, disk }) => {
      const numbers = await blockNumbers(path);
      return numbers === null ? [] : [{ numbers, path, disk }];
    }),
  );
  return found.flat();
}

function deviceNames(
  { images }: LxcContext,
  name: string,
  { devices }: DomainDefinition,
): { path: string; disk: string | null }[] {
  const shownAs = ({ type, source }: { type: string; source: string | null }): string | null =>
    source === null || type === 'block' ? source : type === 'file' ? images.deviceOf(name, source) : null;
  const of = (device: { type: string; source: string | null }, disk: string | null) => {
    const path = shownAs(device);
    return path === null ? [] : [{ path, disk }];
  };
  return [
    ...devices.disks.flatMap(disk => of(disk, disk.target)),
    ...devices.filesystems.flatMap(filesystem => (filesystem.type === 'bind' ? [] : of(filesystem, null))),
  ];
}

async function blockNumbers(path: string): Promise<DeviceNumbers | null> {
  try {
    const facts = await stat(path, { bigint: true });
    return facts.isBlockDevice() ? numbersOf(facts.rdev) : null;
  } catch {
    return null;
  }
}

/** The two parts of a dev_t, as the C library packs them. */
export function numbersOf(device: bigint): DeviceNumbers {
  return {
    major: Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xffff_f000n)),
    minor: Number((device & 0xffn) | ((device >> 12n) & 0xffff_ff00n)),
  };
}
