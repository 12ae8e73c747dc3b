import type { DeviceNumbers } from '../../../../native/guest/guest.ts';

/** One line of /proc/PID/mountinfo. */
export interface Mount {
  readonly id: number;
  readonly device: DeviceNumbers;
  /** The part of the file system that is mounted. */
  readonly root: string;
  readonly mountPoint: string;
  readonly type: string;
  /** "/dev/sda1"; whatever the file system calls itself where it has no device. */
  readonly source: string;
  /** Of the file system, not of the mount: "rw", "errors=remount-ro". */
  readonly options: readonly string[];
}

const LINE = /^(\d+) \d+ (\d+):(\d+) (\S+) (\S+) \S+ (?:\S+ )*?- (\S+) (\S*) (\S+)$/;

/** Mounts in the order in which they were made, as proc_pid_mountinfo(5) describes them; what has been unmounted lazily is not in it. */
export function parseMountInfo(text: string): Mount[] {
  return text.split('\n').flatMap(line => {
    const [, id, major, minor, root = '', mountPoint = '', type = '', source = '', options = ''] =
      LINE.exec(line) ?? [];
    if (id === undefined) return [];
    return [
      {
        id: Number(id),
        device: { major: Number(major), minor: Number(minor) },
        root: unescaped(root),
        mountPoint: unescaped(mountPoint),
        type,
        source: unescaped(source),
        options: options.split(','),
      },
    ];
  });
}

/** The kernel writes blanks and backslashes as three octal digits, byte by byte. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** What can be reached: of several mounts at one place the last covers the others. */
export function visibleMounts(mounts: readonly Mount[]): Mount[] {
  const last = new Map(mounts.map(mount => [mount.mountPoint, mount]));
  return mounts.filter(mount => last.get(mount.mountPoint) === mount);
}
