import { NetlinkError } from '../../../native/ffi/rtnetlink.ts';
import { LinkNames } from '../../../native/network/create-link.ts';
import { deleteLink, moveLink } from '../../../native/network/links.ts';
import type { DomainDefinition, InterfaceDevice } from '../../xml/domain/definition.ts';
import { connectInterface, type Birth } from '../network/host-end.ts';
import { guestName } from '../plan/links.ts';

/** Makes the host's ends of containers' interfaces. */
export class HostLinks {
  readonly #names = new LinkNames();

  /**
   * Gives the container whose init is `pid` its interfaces, under their final names. Returns the names of the host's
   * ends, in the definition's order; null for an interface that has none. What fails takes back what was made.
   */
  async connect(definition: DomainDefinition, pid: number): Promise<(string | null)[]> {
    const made: (string | null)[] = [];
    try {
      for (const [index, device] of definition.devices.interfaces.entries())
        made.push(await this.connectOne(device, { name: guestName(device, index), pid }));
      for (const device of definition.devices.hostdevs)
        if (device.mode === 'capabilities' && device.type === 'net') await moveLink(device.path, pid);
      return made;
    } catch (error) {
      await this.disconnect(made);
      throw error;
    }
  }

  /** The same for one interface. */
  connectOne(device: InterfaceDevice, guest: Birth): Promise<string | null> {
    return connectInterface(device, guest, this.#names);
  }

  /**
   * Takes the host's ends away that have not gone with their container: another process may hold its namespace. What
   * is deleted is the link that has the name now.
   */
  async disconnect(names: readonly (string | null)[]): Promise<void> {
    const left = names.filter(name => name !== null).map(name => deleteLink(name));
    for (const result of await Promise.allSettled(left))
      // Its namespace may have taken it meanwhile.
      if (result.status === 'rejected' && !isGone(result.reason)) throw result.reason;
  }
}

const isGone = (error: unknown): boolean => error instanceof NetlinkError && error.code === 'ENODEV';
