import type { Guest } from '../../../../native/guest/guest.ts';
import { openGuest } from '../../../../native/guest/open-guest.ts';
import type { LxcContext } from '../../context.ts';
import type { LxcDomain } from '../../domain.ts';
import { guestPlace } from '../../guest/place.ts';
import type { ContainerProcess } from '../../process/container-process.ts';

/** Sends a helper into a container. */
export function enterContainer(context: LxcContext, domain: LxcDomain, process: ContainerProcess): Promise<Guest> {
  return openGuest(guestPlace(context, domain, process));
}
