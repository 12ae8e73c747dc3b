import { thawDevice } from '../../../../native/ffi/thaw-device.ts';
import type { LxcContext } from '../../context.ts';
import type { LxcDomain } from '../../domain.ts';
import { filesystemType } from '../../plan/filesystem-type.ts';
import type { ContainerProcess } from '../../process/container-process.ts';
import { within } from '../../stop/within.ts';
import { ownDevices } from '../facts/own-devices.ts';
import { agentOf } from '../session/agent-sessions.ts';
import { thawFileSystems } from './freezing.ts';

/** How long a container that is to be killed waits for this, in ms. */
const LIMIT = 10_000;

/**
 * Thaws what of a container is frozen before it is killed: its programs may wait for it where no signal reaches them.
 * Never rejects.
 */
export async function thawBeforeEnd(context: LxcContext, domain: LxcDomain, process: ContainerProcess): Promise<void> {
  if (!process.frozen) return;
  try {
    await within(thawFileSystems(agentOf(context, domain, process)), LIMIT);
  } catch (error) {
    context.log.warn({ domain: domain.name, error }, 'The file systems of a container that is to end stay frozen');
  }
}

/**
 * Thaws what a container has left frozen: its next run, and whoever detaches the image, would wait for it. Nothing of the
 * container is left to do it in. Never rejects.
 */
export async function thawAfterEnd(context: LxcContext, domain: LxcDomain, process: ContainerProcess): Promise<void> {
  if (!process.frozen) return;
  process.frozen = false;
  for (const { path } of await ownDevices(context, domain)) {
    try {
      await thawDevice(path, filesystemType(path));
    } catch (error) {
      context.log.warn({ domain: domain.name, device: path, error }, 'A device may stay frozen');
    }
  }
}
