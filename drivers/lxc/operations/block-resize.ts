import { truncate } from 'node:fs/promises';
import { takeFileSize } from '../../../native/ffi/loop.ts';
import { DomainBlockResizeFlags as Flags, ErrorDomain } from '../../contract/constants.ts';
import type { DomainBlocks } from '../../contract/domain-blocks.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import { nbdImages } from '../images/image.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { attachedImages } from '../statistics/attached-images.ts';

/** Block devices have whole sectors. */
const SECTOR = 512n;
/** What a JavaScript number can tell exactly: 8 PiB. */
const MOST = 2n ** 53n - SECTOR;

/** virsh blockresize: raw images, whose device takes the new size at once. */
export function blockResize(context: LxcContext): Pick<DomainBlocks, 'domainBlockResize'> {
  return {
    async domainBlockResize(ref, path, size, flags) {
      checkFlags(flags, Flags.DOMAIN_BLOCK_RESIZE_BYTES, 'lxcDomainBlockResize');
      const bytes = (flags & Flags.DOMAIN_BLOCK_RESIZE_BYTES) === 0 ? size * 1024n : size;
      if (bytes > MOST) throw errors.invalidArg(`size must be ${MOST} bytes or less`);
      await context.jobs.change(ref, domain => resize(context, domain, path, bytes));
    },
  };
}

async function resize({ images }: LxcContext, domain: LxcDomain, path: string, bytes: bigint): Promise<void> {
  if (domain.running === null) throw errors.operationInvalid('domain is not running', ErrorDomain.DOMAIN);
  const { definition, name } = domain;
  const disk = definition.devices.disks.find(({ target, source }) => target === path || source === path);
  if (disk === undefined) throw errors.invalidArg(`disk '${path}' was not found in the domain config`);
  const { source, target, type, readonly } = disk;
  if (source === null || type !== 'file' || nbdImages(definition).some(([device]) => device === disk))
    throw errors.operationUnsupported(`disk '${target}' is no raw image, which alone can be resized`);
  if (readonly) throw errors.operationInvalid(`disk '${target}' is read-only`);
  if (bytes % SECTOR !== 0n) throw errors.invalidArg(`size must be a multiple of ${SECTOR} bytes`);
  const device = attachedImages(images, name)(source);
  if (device === null) throw errors.operationInvalid(`the image of disk '${target}' is not attached`);
  try {
    await truncate(source, Number(bytes));
    takeFileSize(device);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : '';
    throw errors.systemError(`Unable to resize '${source}': ${reason}`, ErrorDomain.LXC, { cause });
  }
}
