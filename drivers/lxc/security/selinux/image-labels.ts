import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { ErrorDomain } from '../../../contract/constants.ts';
import { errors } from '../../../contract/error.ts';
import { getAttribute, removeAttribute, setAttribute } from '../../../../native/ffi/xattr.ts';
import type { DomainDefinition } from '../../../xml/domain/definition.ts';

const LABEL = 'security.selinux';
/** What the label was before, kept with the file as libvirt keeps it: nothing else outlives the daemon and moves with it. */
const REMEMBERED = 'trusted.libvirt.security.selinux';

/** The files and block devices of the host that are the container's disks. */
function images({ devices }: DomainDefinition): { path: string; readonly: boolean }[] {
  return devices.disks.flatMap(({ source, readonly }) => (source === null ? [] : [{ path: source, readonly }]));
}

/** A pipe or a terminal in a disk's place is neither waited for nor labelled. */
async function withImage(path: string, action: (file: FileHandle) => Promise<void>): Promise<void> {
  const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = constants;
  await using file = await open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  const stat = await file.stat();
  if (stat.isFile() || stat.isBlockDevice()) await action(file);
}

/**
 * Labels a domain's disks with `label`, or `content` where they are read-only and may be others' too. A file system
 * without labels is left as it is. Throws internalError for a label that the kernel does not take.
 */
export async function labelImages(definition: DomainDefinition, label: string, content: string): Promise<void> {
  for (const { path, readonly } of images(definition))
    await withImage(path, async file => {
      const before = await getAttribute(file.fd, LABEL);
      const wanted = readonly ? content : label;
      const isSet = await setAttribute(file.fd, LABEL, Buffer.from(`${wanted}\0`));
      if (!isSet && before !== null)
        throw errors.internalError(`unable to set security context '${wanted}' on '${path}'`, ErrorDomain.SECURITY);
      if (readonly || before === null || (await getAttribute(file.fd, REMEMBERED)) !== null) return;
      await setAttribute(file.fd, REMEMBERED, before);
    });
}

/** Gives the disks that a domain could write to the labels that they had. One that is gone is passed over. */
export async function unlabelImages(definition: DomainDefinition): Promise<void> {
  for (const { path, readonly } of images(definition)) {
    if (readonly) continue;
    await withImage(path, async file => {
      const before = await getAttribute(file.fd, REMEMBERED);
      if (before === null) return;
      await setAttribute(file.fd, LABEL, before);
      await removeAttribute(file.fd, REMEMBERED);
    }).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    });
  }
}
