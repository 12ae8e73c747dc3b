import { closeSync, fstatSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { deviceNumbers, type DeviceNumbers } from '../../../native/cgroup/device-numbers.ts';
import { attachLoop } from '../../../native/ffi/loop.ts';
import { errors } from '../../contract/error.ts';
import { driverOf, type Image } from '../images/image.ts';
import type { LiveChange } from './device-kind.ts';
import { liveCall } from './live-failure.ts';
import { liveSource } from './nodes.ts';

/** An image as the block device that shows it. */
export interface ShownImage extends DeviceNumbers {
  /** "/dev/loop3" */
  readonly path: string;
}

/** A controller keeps somewhat more loop devices open. */
const IMAGE_LIMIT = 100;

/** Shows an image for as long as the container lives, or until `hideImage`. Throws like a start with such an image. */
export async function showImage({ context, domain, process, signal }: LiveChange, image: Image): Promise<ShownImage> {
  return await liveCall(`Unable to attach '${image.file}'`, async () => {
    if (driverOf(image) === 'nbd') {
      const path = await context.images.attachOne(domain.name, image, signal);
      return { path, ...liveSource(path, 'block', 'Device') };
    }
    if ([...process.devices.all()].length >= IMAGE_LIMIT)
      throw errors.operationFailed('the container has too many devices');
    const loop = attachLoop(image.file, image.readonly);
    try {
      await process.container.hold(loop);
      return { path: `/dev/loop${loop.number}`, ...deviceNumbers(fstatSync(loop.fd, { bigint: true }).rdev) };
    } finally {
      closeSync(loop.fd);
    }
  });
}

/** What the container still has open or mounted of it, it keeps. */
export async function hideImage({ context, domain, process }: LiveChange, device: DeviceNumbers): Promise<void> {
  const name = kernelName(device);
  if (name?.startsWith('nbd') === true) await context.images.detachOne(domain.name, `/dev/${name}`);
  if (name?.startsWith('loop') === true) process.container.release(Number(name.slice('loop'.length)));
}

/** "loop3": its number need not be the device's minor. */
function kernelName({ major, minor }: DeviceNumbers): string | null {
  try {
    return basename(readlinkSync(`/sys/dev/block/${major}:${minor}`));
  } catch {
    return null;
  }
}
