import type { DiskDevice, DomainDefinition, FilesystemDevice } from '../../xml/domain/definition.ts';
import { startFailure } from '../plan/start-failure.ts';

/** A file that a container sees as a block device, or as the filesystem on it. */
export interface Image {
  readonly what: 'fs' | 'disk';
  readonly file: string;
  /** The driver that the definition names. */
  readonly driver: string | null;
  readonly format: string | null;
  readonly cache: string | null;
  readonly readonly: boolean;
}

/** The image at `file` that a filesystem of type "file" is on. */
export function filesystemImage({ driverType, driverFormat, readonly }: FilesystemDevice, file: string): Image {
  return { what: 'fs', file, driver: driverType, format: driverFormat, cache: null, readonly };
}

/** The image at `file` that a disk of type "file" is. */
export function diskImage({ driverName, driverType, cache, readonly }: DiskDevice, file: string): Image {
  return { what: 'disk', file, driver: driverName, format: driverType, cache, readonly };
}

/**
 * Who shows an image: the kernel's loop driver a raw one, qemu-nbd any other. Formats are never guessed: a container
 * writes the first bytes of its raw images. Fails the start for drivers and formats that there are not, by libvirt's
 * texts.
 */
export function driverOf({ what, driver, format }: Image): 'loop' | 'nbd' {
  const raw = format === null || format === 'raw';
  switch (driver ?? (raw ? 'loop' : 'nbd')) {
    case 'loop':
      if (!raw) throw startFailure(`unsupported configuration: ${what} format ${format} is not supported`);
      return 'loop';
    case 'nbd':
      if (format === null) throw startFailure('unsupported configuration: An explicit disk format must be specified');
      return 'nbd';
    default:
      throw startFailure(`unsupported configuration: ${what} driver ${driver} is not supported`);
  }
}

type Shown = FilesystemDevice | DiskDevice;

/** What of a definition qemu-nbd has to show. Throws as driverOf. */
export function nbdImages({ devices }: DomainDefinition): [Shown, Image][] {
  const onFile = <T extends Shown>(list: readonly T[], image: (device: T, file: string) => Image): [Shown, Image][] =>
    list.flatMap(device =>
      device.type === 'file' && device.source !== null ? [[device, image(device, device.source)]] : [],
    );
  return [...onFile(devices.filesystems, filesystemImage), ...onFile(devices.disks, diskImage)].filter(
    ([, image]) => driverOf(image) === 'nbd',
  );
}

/** The definition with the images that `deviceOf` knows a device for as that device. */
export function withDevices(
  definition: DomainDefinition,
  deviceOf: (device: Shown) => string | undefined,
): DomainDefinition {
  const { devices } = definition;
  const shown = <T extends Shown>(device: T): T => {
    const source = deviceOf(device);
    return source === undefined ? device : { ...device, type: 'block', source };
  };
  const [filesystems, disks] = [devices.filesystems.map(shown), devices.disks.map(shown)];
  return { ...definition, devices: { ...devices, filesystems, disks } };
}
