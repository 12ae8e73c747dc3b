import type { DeviceNumbers } from '../../../native/guest/guest.ts';

/** A file system of a container that has been frozen. */
export interface FrozenFileSystem {
  readonly device: DeviceNumbers;
  /** The kernel's name of it: "ext4". */
  readonly type: string;
  /** Where the container had it mounted then. */
  readonly mountPoint: string;
}

/** A text that `frozenFromText` reads, for a later daemon. */
export function frozenToText(all: readonly FrozenFileSystem[]): string {
  return all
    .map(
      ({ device: { major, minor }, type, mountPoint }) => `${major}:${minor} ${type} ${encodeURIComponent(mountPoint)}`,
    )
    .join(', ');
}

export function frozenFromText(text: string): FrozenFileSystem[] {
  return text.split(', ').flatMap(part => {
    const [, major, minor, type, place] = /^(\d{1,10}):(\d{1,10}) ([\w.-]+) (\S+)$/.exec(part) ?? [];
    if (major === undefined || minor === undefined || type === undefined || place === undefined) return [];
    const device = { major: Number(major), minor: Number(minor) };
    return [{ device, type, mountPoint: decodeURIComponent(place) }];
  });
}
