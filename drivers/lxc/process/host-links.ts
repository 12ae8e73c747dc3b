import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorCode, ErrorDomain } from '../../contract/constants.ts';
import { errors, LibvirtError } from '../../contract/error.ts';
import { NetlinkError } from '../../../native/ffi/rtnetlink.ts';
import { addAddress, addRoute } from '../../../native/network/addresses.ts';
import { createMacvlan, createVeth, LinkNames } from '../../../native/network/create-link.ts';
import { deleteLink, findLink, moveLink, setPortIsolated } from '../../../native/network/links.ts';
import { limitBandwidth } from '../network/bandwidth.ts';
import { guestName, hostAddress, hostRoute } from '../plan/links.ts';
import type { DomainDefinition, InterfaceDevice } from '../../xml/domain/definition.ts';

/** How long a link's name may stay taken by the run before, in ms: its namespace ends in the background. */
const NAME_LIMIT = 1_000;
const NAME_PAUSE = 5;

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
        made.push(await this.#connectOne(device, guestName(device, index), pid));
      for (const device of definition.devices.hostdevs)
        if (device.mode === 'capabilities' && device.type === 'net') await moveLink(device.path, pid);
      return made;
    } catch (error) {
      await this.disconnect(made);
      throw error;
    }
  }

  /**
   * Takes the host's ends away that have not gone with their container: another process may hold its namespace. What
   * is deleted is the link that has the name now.
   */
  async disconnect(names: readonly (string | null)[]): Promise<void> {
    const left = names.filter(name => name !== null).map(name => deleteLink(name));
    for (const result of await Promise.allSettled(left))
      // Its namespace may have taken it meanwhile.
      if (result.status === 'rejected' && !isNetlink(result.reason, 'ENODEV')) throw result.reason;
  }

  async #connectOne(device: InterfaceDevice, guest: string, pid: number): Promise<string | null> {
    if (device.type === 'direct') {
      connectDirect(device, guest, pid);
      return null;
    }
    const name = await this.#connectVeth(device, guest, pid);
    try {
      await setUpHostEnd(device, name);
      return name;
    } catch (error) {
      await this.disconnect([name]);
      throw error;
    }
  }

  async #connectVeth(device: InterfaceDevice, guest: string, pid: number): Promise<string> {
    const make = (name: string): void => createHostEnd(device, name, guest, pid);
    if (device.targetDev === null) return this.#names.take(make);
    await withFreeName(device.targetDev, make);
    return device.targetDev;
  }
}

async function setUpHostEnd(device: InterfaceDevice, name: string): Promise<void> {
  if (device.portIsolated === true) setPortIsolated(name, true);
  if (device.type === 'ethernet') {
    for (const address of device.hostIps) addAddress(name, hostAddress(address));
    for (const route of device.hostRoutes) addRoute(name, hostRoute(route));
  }
  if (device.bandwidth !== null) await limitBandwidth(name, device.bandwidth);
}

async function withFreeName(name: string, make: (name: string) => void): Promise<void> {
  for (const deadline = performance.now() + NAME_LIMIT; ; await sleep(NAME_PAUSE)) {
    try {
      return make(name);
    } catch (error) {
      if (!isNetlink(error, 'EEXIST') || performance.now() > deadline) throw error;
    }
  }
}

function createHostEnd({ type, source, mac, mtu }: InterfaceDevice, name: string, guest: string, pid: number): void {
  const bridge = type === 'bridge' ? (source ?? '') : undefined;
  if (bridge !== undefined && findLink(bridge) === null)
    throw noDevice(`Unable to add bridge ${bridge} port ${name}: No such device`);
  const settings = mtu === null ? {} : { mtu };
  createVeth({ name, bridge, up: true, ...settings, peer: { name: guest, pid, mac, ...settings } });
}

function connectDirect({ source, directMode, mac, mtu }: InterfaceDevice, guest: string, pid: number): void {
  const lower = source ?? '';
  if (findLink(lower) === null) throw noDevice(`Unable to get index for interface ${lower}: No such device`);
  createMacvlan({ name: guest, pid, lower, mode: directMode ?? 'vepa', mac, ...(mtu === null ? {} : { mtu }) });
}

function noDevice(text: string): LibvirtError {
  return errors.systemError(text, ErrorDomain.NONE);
}

function isNetlink(error: unknown, code: string): boolean {
  return error instanceof NetlinkError && error.code === code;
}

/** What an interface asks of the host that is not there: filters and switches' port profiles. */
export function checkHostEnd({ filterref, virtualport, vlan }: InterfaceDevice): void {
  if (filterref !== null) {
    const detail = `no nwfilter with matching name '${filterref.filter}'`;
    throw new LibvirtError(ErrorCode.NO_NWFILTER, ErrorDomain.NWFILTER, `Network filter not found: ${detail}`);
  }
  if (virtualport !== null) throw errors.configUnsupported('port profiles are not available');
  if (vlan !== null) throw errors.configUnsupported('VLANs are available on Open vSwitch and macvlan only');
}
