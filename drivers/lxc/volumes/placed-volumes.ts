import { errors } from '../../contract/error.ts';
import type { VolumeSource, VolumeSources } from '../../contract/volume-sources.ts';
import type { DiskDevice, DomainDefinition, FilesystemDevice, VolumeName } from '../../xml/domain/definition.ts';

/** What storage volumes are to a container that uses them; null where the host has no storage driver. */
export type Volumes = VolumeSources | null;

/** The definition with what each of its volumes is. Throws as VolumeSources. */
export async function withVolumesPlaced(volumes: Volumes, definition: DomainDefinition): Promise<DomainDefinition> {
  const { devices } = definition;
  if (![...devices.filesystems, ...devices.disks].some(({ volume }) => volume !== null)) return definition;
  const filesystems = await Promise.all(devices.filesystems.map(device => placedFilesystem(volumes, device)));
  const disks = await Promise.all(devices.disks.map(device => placedDisk(volumes, device)));
  return { ...definition, devices: { ...devices, filesystems, disks } };
}

const filesystemType = { directory: 'mount', file: 'file', block: 'block' } as const;

/** A directory is mounted as it is; a file or a block device holds a file system. */
export async function placedFilesystem(volumes: Volumes, device: FilesystemDevice): Promise<FilesystemDevice> {
  if (device.volume === null) return device;
  const { kind, path, format } = await find(volumes, device.volume);
  return { ...device, type: filesystemType[kind], source: path, driverFormat: device.driverFormat ?? format };
}

export async function placedDisk(volumes: Volumes, device: DiskDevice): Promise<DiskDevice> {
  if (device.volume === null) return device;
  const { kind, path, format } = await find(volumes, device.volume);
  if (kind === 'directory')
    throw errors.configUnsupported(
      `the volume '${device.volume.volume}' of disk '${device.target}' is a directory: use it as a filesystem`,
    );
  return { ...device, type: kind, source: path, driverType: device.driverType ?? format };
}

async function find(volumes: Volumes, { pool, volume }: VolumeName): Promise<VolumeSource> {
  if (volumes === null) throw errors.configUnsupported(`no storage driver knows volume '${volume}' of pool '${pool}'`);
  return await volumes.find(pool, volume);
}
