import { statSync } from 'node:fs';
import { posix } from 'node:path';
import { readMountTable } from '../../../native/guest/mount-table.ts';
import { errors } from '../../contract/error.ts';
import type { FilesystemDevice } from '../../xml/domain/definition.ts';
import { filesystemImage, type Image } from '../images/image.ts';
import { identityOf } from '../plan/identity.ts';
import { placedFilesystem } from '../volumes/placed-volumes.ts';
import type { LiveChange, LiveDevices } from './device-kind.ts';
import { inside } from './inside.ts';
import { hideImage, showImage } from './live-image.ts';
import { liveCall } from './live-failure.ts';
import { mountOperation } from './mount-operation.ts';
import { notUpdatedLive } from './refusals.ts';

/** Filesystems of running containers: mounts at places that are looked up in the container. */
export const liveFilesystems: LiveDevices<FilesystemDevice> = {
  async attach(change, wanted) {
    const filesystem = await placedFilesystem(change.context.volumes, wanted);
    const { source, type } = filesystem;
    if (type === 'mount' && source !== null && statSync(source, { throwIfNoEntry: false }) === undefined)
      throw errors.systemError(`Failed to access '${source}': No such file or directory`);
    const image = imageOf(filesystem);
    if (image === null) await mount(change, filesystem, filesystem);
    else await mountImage(change, filesystem, image);
    return filesystem;
  },

  async detach(change, filesystem) {
    const { process } = change;
    const { target, alias } = filesystem;
    if (posix.resolve('/', target) === '/')
      throw errors.operationUnsupported("a running container's root filesystem cannot be detached");
    const what = `Unable to unmount '${target}'`;
    const lazy = await liveCall(what, () => takesTree(process.initPid, target));
    await inside(change, what, { do: 'unmount', path: target, lazy });
    const device = process.devices.get(alias);
    if (device === null || alias === null) return;
    process.devices.delete(alias);
    await hideImage(change, device);
  },

  update: () => Promise.reject(notUpdatedLive()),
};

const imageOf = (filesystem: FilesystemDevice): Image | null =>
  filesystem.type === 'file' && filesystem.source !== null ? filesystemImage(filesystem, filesystem.source) : null;

async function mountImage(change: LiveChange, filesystem: FilesystemDevice, image: Image): Promise<void> {
  const shown = await showImage(change, image);
  try {
    await mount(change, filesystem, { ...filesystem, type: 'block', source: shown.path });
  } catch (error) {
    await hideImage(change, shown);
    throw error;
  }
  const { major, minor } = shown;
  if (filesystem.alias !== null)
    change.process.devices.set(filesystem.alias, { kind: 'block', major, minor, access: '' });
}

async function mount(change: LiveChange, { target }: FilesystemDevice, on: FilesystemDevice): Promise<void> {
  const { context, domain } = change;
  const { definition } = domain;
  const what = `Unable to mount '${target}'`;
  const options = context.security.mountOptions(definition);
  await inside(change, what, await liveCall(what, () => mountOperation(on, identityOf(definition), options)));
}

/**
 * What is in use is not taken away; a tree of mounts can only be taken away as a whole, when nobody uses it any more.
 * Throws operationFailed when the container has mounted something over it.
 */
async function takesTree(initPid: number, target: string): Promise<boolean> {
  const place = posix.resolve('/', target);
  const table = await readMountTable(initPid);
  const mounts = table
    .toString('latin1')
    .split('\n')
    .map(line => unescaped(line.split(' ')[4] ?? ''));
  if (mounts.filter(path => path === place).length > 1)
    throw errors.operationFailed(`the container has mounted something over '${target}'`);
  return mounts.some(path => path.startsWith(`${place}/`));
}

/** The kernel writes spaces and the like in octal. */
const unescaped = (path: string): string =>
  Buffer.from(
    path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8))),
    'latin1',
  ).toString();
