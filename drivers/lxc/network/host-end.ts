import { setTimeout as sleep } from 'node:timers/promises';
import { NetlinkError } from '../../../native/ffi/rtnetlink.ts';
import { addAddress, addRoute } from '../../../native/network/addresses.ts';
import { createMacvlan, createVeth, type GuestLink, type LinkNames } from '../../../native/network/create-link.ts';
import { deleteLink, findLink, setLinkUp } from '../../../native/network/links.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { InterfaceDevice } from '../../xml/domain/definition.ts';
import { hostAddress, hostRoute } from '../plan/links.ts';
import { limitBandwidth } from './bandwidth.ts';
import { checkBridge, setUpPort } from './bridge-port.ts';

/** How long a link's name may stay taken by the run before, in ms: its namespace ends in the background. */
const NAME_LIMIT = 1_000;
const NAME_PAUSE = 5;

/** Where an interface is born: its name there, and a process of that namespace. */
export type Birth = Pick<GuestLink, 'name' | 'pid'>;

/** Has a host's end filtered as its interface asks for; called for one that is down. */
export type FilterLink = (hostName: string) => Promise<void>;

/**
 * Makes an interface of a container. Returns its host's end; null for one that has none. Of what fails nothing is left
 * but what `filter` bound.
 */
export async function connectInterface(
  device: InterfaceDevice,
  guest: Birth,
  names: LinkNames,
  filter: FilterLink,
): Promise<string | null> {
  if (device.type === 'direct') {
    connectDirect(device, guest);
    return null;
  }
  const name = await connectVeth(device, guest, names);
  try {
    if (device.filterref !== null) {
      await filter(name);
      if (isUp(device)) setLinkUp(name);
    }
    await setUpHostEnd(device, name);
    return name;
  } catch (error) {
    await deleteLink(name);
    throw error;
  }
}

async function connectVeth(device: InterfaceDevice, guest: Birth, names: LinkNames): Promise<string> {
  const make = (name: string): void => createHostEnd(device, name, guest);
  if (device.targetDev === null) return names.take(make);
  await withFreeName(device.targetDev, make);
  return device.targetDev;
}

async function withFreeName(name: string, make: (name: string) => void): Promise<void> {
  for (const deadline = performance.now() + NAME_LIMIT; ; await sleep(NAME_PAUSE)) {
    try {
      return make(name);
    } catch (error) {
      const taken = error instanceof NetlinkError && error.code === 'EEXIST';
      if (!taken || performance.now() > deadline) throw error;
    }
  }
}

/** The guest of a link that is to be down has no carrier, whatever it does: its host's end is down. */
const isUp = ({ linkState }: InterfaceDevice): boolean => linkState !== 'down';

/** One that is to be filtered is down until it is. */
function createHostEnd(device: InterfaceDevice, name: string, guest: Birth): void {
  const bridge = device.type === 'bridge' ? checkBridge(device, name) : undefined;
  const mtu = device.mtu ?? undefined;
  createVeth({
    name,
    bridge,
    up: isUp(device) && device.filterref === null,
    mtu,
    peer: { ...guest, mac: device.mac, mtu },
  });
}

async function setUpHostEnd(device: InterfaceDevice, name: string): Promise<void> {
  if (device.type === 'bridge') setUpPort(name, device);
  if (device.type === 'ethernet') {
    for (const address of device.hostIps) addAddress(name, hostAddress(address));
    for (const route of device.hostRoutes) addRoute(name, hostRoute(route));
  }
  if (device.bandwidth !== null) await limitBandwidth(name, device.bandwidth);
}

function connectDirect({ source, directMode, mac, mtu }: InterfaceDevice, guest: Birth): void {
  const lower = source ?? '';
  if (findLink(lower) === null)
    throw errors.systemError(`Unable to get index for interface ${lower}: No such device`, ErrorDomain.NONE);
  createMacvlan({ ...guest, lower, mode: directMode ?? 'vepa', mac, mtu: mtu ?? undefined });
}
