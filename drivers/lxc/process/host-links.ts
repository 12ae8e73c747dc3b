import { NetlinkError } from '../../../native/ffi/rtnetlink.ts';
import { LinkNames } from '../../../native/network/create-link.ts';
import { deleteLink, moveLink } from '../../../native/network/links.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { BoundFilter, InterfaceFilters } from '../../contract/interface-filters.ts';
import type { DomainDefinition, InterfaceDevice } from '../../xml/domain/definition.ts';
import { connectInterface, type Birth } from '../network/host-end.ts';
import type { LentLinks } from '../network/lent-links.ts';
import { plugOf } from '../network/plug.ts';
import { guestName } from '../plan/links.ts';

/** Whose interface it is. */
export type LinkOwner = Pick<DomainDefinition, 'name' | 'uuid'>;

/** Makes the host's ends of containers' interfaces, and has them filtered. */
export class HostLinks {
  readonly #names = new LinkNames();
  readonly #filters: InterfaceFilters | null;
  readonly #lent: LentLinks;
  /** By the names of the host's ends. */
  readonly #bound = new Map<string, BoundFilter>();

  constructor(filters: InterfaceFilters | null, lent: LentLinks) {
    this.#filters = filters;
    this.#lent = lent;
  }

  /**
   * Gives the container whose init is `pid` its interfaces, under their final names. Returns the names of the host's
   * ends, in the definition's order; null for an interface that has none. What fails takes back what was made.
   */
  async connect(definition: DomainDefinition, pid: number): Promise<(string | null)[]> {
    const made: (string | null)[] = [];
    try {
      for (const [index, device] of definition.devices.interfaces.entries())
        made.push(await this.connectOne(device, { name: guestName(device, index), pid }, definition));
      for (const device of definition.devices.hostdevs)
        if (device.mode === 'capabilities' && device.type === 'net') await moveLink(device.path, pid);
      return made;
    } catch (error) {
      await this.disconnect(made);
      // Those that were lent come back when the container has ended, which nobody waits for here.
      this.takeBack(definition.devices.interfaces.slice(0, made.length)).catch(() => undefined);
      throw error;
    }
  }

  /** The same for one interface. */
  async connectOne(device: InterfaceDevice, guest: Birth, owner: LinkOwner): Promise<string | null> {
    const plug = plugOf(device);
    if (plug.type === 'hostdev') {
      await this.#lent.lend(plug, guest);
      return null;
    }
    const filtered: string[] = [];
    try {
      return await connectInterface(plug, guest, this.#names, async name => {
        await this.filter(device, name, owner, true);
        filtered.push(name);
      });
    } catch (error) {
      for (const name of filtered) await this.#takeFilter(name)?.release();
      throw error;
    }
  }

  /**
   * Has an interface's host's end filtered as it asks for, or not at all when it does not. What was in force stays when it
   * throws what InterfaceFilters throws.
   */
  async filter(
    { type, mac, ips, filterref }: InterfaceDevice,
    name: string,
    owner: LinkOwner,
    isNew = false,
  ): Promise<void> {
    if (filterref === null) return await this.#takeFilter(name)?.release();
    if (this.#filters === null) throw noFilter(filterref.filter);
    const bound = await this.#filters.bind({
      portDev: name,
      onBridge: type !== 'ethernet',
      isNew,
      owner: { name: owner.name, uuid: owner.uuid },
      mac,
      ...filterref,
      addresses: ips.map(({ address }) => address),
    });
    this.#bound.set(name, bound);
  }

  /**
   * Takes the host's ends away that have not gone with their container: another process may hold its namespace. What
   * is deleted is the link that has the name now; it is filtered until it is gone.
   */
  async disconnect(names: readonly (string | null)[]): Promise<void> {
    const left = names.filter(name => name !== null).map(name => this.disconnectOne(name));
    for (const result of await Promise.allSettled(left))
      // Its namespace may have taken it meanwhile.
      if (result.status === 'rejected' && !isGone(result.reason)) throw result.reason;
  }

  /** The same for one, which must be there. */
  async disconnectOne(name: string): Promise<void> {
    const filter = this.#takeFilter(name);
    try {
      await deleteLink(name);
    } catch (error) {
      if (isGone(error)) await filter?.release();
      throw error;
    }
    await filter?.release();
  }

  /** Gives devices of the host that interfaces were their names and addresses back. They come back when a container ends. */
  async takeBack(interfaces: readonly InterfaceDevice[]): Promise<void> {
    const lent = interfaces.map(plugOf).filter(({ type }) => type === 'hostdev');
    await Promise.all(lent.map(device => this.#lent.takeBack(device)));
  }

  /** Whether the host's link of that name is the device that the interface was given. */
  isLent(device: InterfaceDevice, name: string): boolean {
    return this.#lent.isDevice(plugOf(device), name);
  }

  #takeFilter(name: string): BoundFilter | undefined {
    const bound = this.#bound.get(name);
    this.#bound.delete(name);
    return bound;
  }
}

const noFilter = (name: string): Error =>
  errors.noNwfilter(`no nwfilter with matching name '${name}'`, ErrorDomain.NWFILTER);

const isGone = (error: unknown): boolean => error instanceof NetlinkError && error.code === 'ENODEV';
