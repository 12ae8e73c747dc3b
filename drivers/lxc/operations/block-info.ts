import { stat } from 'node:fs/promises';
import { deviceNumbers } from '../../../native/cgroup/device-numbers.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import type { BlockInfo, DomainBlocks } from '../../contract/domain-blocks.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { LxcContext } from '../context.ts';
import { nbdImages } from '../images/image.ts';
import { deviceBehind, deviceSize, type AttachedTo, type BlockSource } from '../statistics/block-device.ts';
import { attachedImages } from '../statistics/attached-images.ts';

type Info = Pick<DomainBlocks, 'domainGetBlockInfo' | 'domainGetDiskErrors'>;

/** virsh domblkinfo, domblkerror. */
export function blockInfo({ domains, images }: LxcContext): Info {
  return {
    async domainGetBlockInfo(ref, path, flags) {
      checkFlags(flags, 0, 'lxcDomainGetBlockInfo');
      const { definition, name } = domains.find(ref);
      const { disks, filesystems } = definition.devices;
      const device = [...disks, ...filesystems].find(({ target, source }) => target === path || source === path);
      if (device === undefined) throw errors.invalidArg(`invalid path ${path} not assigned to domain`);
      const foreign = nbdImages(definition).some(([shown]) => shown === device);
      return await infoOf(device, foreign, attachedImages(images, name));
    },

    // The kernel tells the container of an error, and nobody else.
    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainGetDiskErrors(ref, flags) {
      checkFlags(flags, 0, 'lxcDomainGetDiskErrors');
      if (domains.find(ref).running === null)
        throw errors.operationInvalid('domain is not running', ErrorDomain.DOMAIN);
      return [];
    },
  };
}

/** A `foreign` image is of a format that only its driver can read. */
async function infoOf(device: BlockSource, foreign: boolean, attachedTo: AttachedTo): Promise<BlockInfo> {
  const { source, target } = device;
  const image = source === null ? null : await status(source);
  if (image?.isBlockDevice() === true) {
    const size = deviceSize(deviceNumbers(image.rdev)) ?? 0n;
    return { capacity: size, allocation: size, physical: size };
  }
  if (image?.isFile() !== true)
    throw errors.operationUnsupported(`neither a file nor a block device is behind '${target}'`);
  const numbers = foreign ? deviceBehind(device, attachedTo) : null;
  const capacity = foreign ? (numbers === null ? null : deviceSize(numbers)) : image.size;
  if (capacity === null)
    throw errors.operationUnsupported(`the size of the image behind '${target}' is known while the domain runs`);
  return { capacity, allocation: image.blocks * 512n, physical: image.size };
}

async function status(path: string): ReturnType<typeof statOf> {
  try {
    return await statOf(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : '';
    throw errors.systemError(`cannot stat file '${path}': ${reason}`, ErrorDomain.LXC, { cause });
  }
}

const statOf = (path: string) => stat(path, { bigint: true });
