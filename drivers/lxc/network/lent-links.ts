import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findLink, moveLink, renameLink, setLinkDown, setLinkMac } from '../../../native/network/links.ts';
import { setVirtualFunction } from '../../../native/network/virtual-functions.ts';
import { errors } from '../../contract/error.ts';
import { readRegularFile } from '../../files/read-directory.ts';
import { removeFile, replaceFile } from '../../files/atomic-file.ts';
import type { InterfaceDevice } from '../../xml/domain/definition.ts';
import type { Birth } from './host-end.ts';
import { linkOf, pciAddressOf, pciLink, type PciLink } from './pci-link.ts';

/** How long a device may take to come back from a container that has ended, in ms: its namespace ends in the background. */
const COMES_BACK_WITHIN = 10_000;
const LOOK_EVERY = 50;

/** What a device was before it was lent. */
interface Original {
  readonly name: string;
  readonly mac: string | null;
}

/** Network devices of the host's hardware that containers have, by their places on the PCI bus. */
export class LentLinks {
  readonly #directory: string | null;
  readonly #returning = new Map<string, Promise<void>>();
  /** Those that running containers have got from this daemon. */
  readonly #lent = new Set<string>();

  /** What was before is in `directory`, so that the next daemon gives it back too; without one it is forgotten. */
  constructor(directory: string | null) {
    this.#directory = directory;
  }

  /**
   * Gives the device to a network namespace under the guest's name, with the interface's hardware address; a virtual function gets
   * that, and its VLAN, by way of its physical one. Throws configUnsupported by name for what is no such device, or cannot do that.
   */
  async lend(device: InterfaceDevice, { name, pid }: Birth): Promise<void> {
    checkLent(device);
    const address = pciAddressOf(device);
    if (this.#lent.has(address)) throw errors.operationInvalid(`PCI device ${address} is in use by a container`);
    // The run before may have ended a moment ago.
    await this.takeBack(device);
    const link = pciLink(address);
    const original = { name: link.name, mac: findLink(link.name)?.mac ?? null };
    await this.#remember(link.address, original);
    try {
      await setLinkDown(link.name);
      settle(link, device.mac, vlanOf(device, link));
      await moveLink(link.name, pid, name);
      this.#lent.add(address);
    } catch (error) {
      await this.takeBack(device);
      throw error;
    }
  }

  /** Once it is in the host's network again: gives it its name and address back. It is waited for. */
  takeBack(device: InterfaceDevice): Promise<void> {
    const address = pciAddressOf(device);
    this.#lent.delete(address);
    const returning = this.#returning.get(address) ?? this.#takeBack(address);
    this.#returning.set(address, returning);
    return returning.finally(() => this.#returning.delete(address));
  }

  /** Whether the host's link of that name is the device. */
  isDevice(device: InterfaceDevice, name: string): boolean {
    return linkOf(join('/sys/bus/pci/devices', pciAddressOf(device))) === name;
  }

  async #takeBack(address: string): Promise<void> {
    const original = this.#recall(address);
    if (original === null) return;
    const path = join('/sys/bus/pci/devices', address);
    for (const end = performance.now() + COMES_BACK_WITHIN; linkOf(path) === null; await sleep(LOOK_EVERY))
      if (performance.now() > end)
        throw errors.operationFailed(`PCI device ${address}, '${original.name}', has not come back from its container`);
    const link = pciLink(address);
    await setLinkDown(link.name);
    if (original.mac !== null) settle(link, original.mac, link.physical === null ? null : 0);
    if (link.name !== original.name) renameLink(link.name, original.name);
    if (this.#directory !== null) await removeFile(this.#file(this.#directory, address), false);
  }

  async #remember(address: string, original: Original): Promise<void> {
    if (this.#directory === null) return;
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    const text = `${original.name} ${original.mac ?? ''}\n`;
    await replaceFile(this.#file(this.#directory, address), text, false);
  }

  #recall(address: string): Original | null {
    if (this.#directory === null) return null;
    try {
      const [name = '', mac = ''] = readRegularFile(this.#file(this.#directory, address)).trim().split(' ');
      return name === '' ? null : { name, mac: mac === '' ? null : mac };
    } catch {
      return null;
    }
  }

  #file = (directory: string, address: string): string => join(directory, `${address}.lent`);
}

/** Throws configUnsupported for what an interface of type hostdev cannot have: its packets do not pass the host. */
export function checkLent(device: InterfaceDevice): void {
  const { bandwidth, filterref, portIsolated, virtualport } = device;
  const refused = [
    [filterref, 'filterref'],
    [bandwidth, 'bandwidth'],
    [portIsolated, 'port isolation'],
    [virtualport, 'a port profile'],
  ] as const;
  for (const [given, what] of refused)
    if (given !== null && given !== false)
      throw errors.configUnsupported(`${what} is not supported for network interfaces of type hostdev`);
  pciAddressOf(device);
}

function vlanOf({ vlan }: InterfaceDevice, { address, physical }: PciLink): number | null {
  if (vlan === null) return physical === null ? null : 0;
  const [tag] = vlan.tags;
  if (vlan.trunk || tag === undefined || vlan.tags.length > 1)
    throw errors.configUnsupported('vlan trunking is not supported by SR-IOV network devices');
  if (physical === null)
    throw errors.configUnsupported(`vlan can only be set for SR-IOV VFs, but PCI device ${address} is not one`);
  return tag.id;
}

function settle({ name, physical }: PciLink, mac: string, vlan: number | null): void {
  if (physical !== null) setVirtualFunction(physical.name, physical.index, { mac, vlan });
  // Drivers of virtual functions take what the physical one was told at the next reset only.
  setLinkMac(name, mac);
}
