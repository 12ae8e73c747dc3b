import { ErrorDomain } from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';
import type { CapabilityType, NodeDeviceDefinition } from '../../xml/node-device/definition.ts';
import { describeDevice } from '../describe/describe.ts';
import type { HostFacts } from '../describe/facts.ts';
import { COMPUTER, type HostDevice } from '../host/host-device.ts';
import type { MdevDefinition } from '../mdev/mdev-definition.ts';
import type { MdevDefinitions } from '../mdev/mdev-definitions.ts';
import type { CurrentDevices } from './current-devices.ts';

/** A device that exists, that is defined, or both. */
export interface KnownDevice {
  readonly name: string;
  readonly capability: CapabilityType;
  readonly host: HostDevice | null;
  readonly definition: MdevDefinition | null;
}

/** Devices that hold mediated ones. */
const mdevParents: ReadonlySet<CapabilityType> = new Set(['pci', 'css', 'ap_matrix']);

/** What there is: the host's devices, and mediated ones that are only defined. */
export class Inventory {
  readonly #devices: CurrentDevices;
  readonly #definitions: MdevDefinitions;
  readonly #facts: HostFacts;

  constructor(devices: CurrentDevices, definitions: MdevDefinitions, facts: HostFacts) {
    this.#devices = devices;
    this.#definitions = definitions;
    this.#facts = facts;
  }

  /** Finds out what has come and gone, and tells it. */
  async refresh(): Promise<void> {
    await this.#devices.get();
    await this.#definitions.get();
  }

  async all(): Promise<KnownDevice[]> {
    const devices = await this.#devices.get();
    const definitions = await this.#definitions.get();
    const existing = devices.all().map(host => known(host, definitions.get(host.name) ?? null));
    const defined = [...definitions.values()].filter(({ name }) => devices.named(name) === null);
    return [...existing, ...defined.map(onlyDefined)];
  }

  /** Throws noNodeDevice. */
  async named(name: string): Promise<KnownDevice> {
    const devices = await this.#devices.get();
    const definition = (await this.#definitions.get()).get(name) ?? null;
    const host = devices.named(name);
    if (host !== null) return known(host, definition);
    if (definition !== null) return onlyDefined(definition);
    throw noSuchDevice(name);
  }

  /** Null for the host itself. */
  async parentOf({ host, definition }: KnownDevice): Promise<string | null> {
    const devices = await this.#devices.get();
    if (host !== null) return devices.parentOf(host);
    const parent = devices
      .all()
      .find(({ capability, sysname }) => mdevParents.has(capability) && sysname === definition?.parentAddress);
    return parent?.name ?? COMPUTER;
  }

  /** Throws noNodeDevice when it has gone in the meantime. */
  async describe(device: KnownDevice): Promise<NodeDeviceDefinition> {
    const parent = await this.parentOf(device);
    const { host, definition, name } = device;
    if (host === null) return describeDefinition(name, parent, definition);
    const described = await describeDevice(this.#facts, host, parent);
    if (described === null) throw noSuchDevice(name);
    const { capability } = described;
    if (capability.type !== 'mdev' || definition === null) return described;
    return { ...described, capability: { ...capability, attributes: definition.attributes } };
  }
}

const known = (host: HostDevice, definition: MdevDefinition | null): KnownDevice => ({
  name: host.name,
  capability: host.capability,
  host,
  definition,
});

const onlyDefined = (definition: MdevDefinition): KnownDevice => ({
  name: definition.name,
  capability: 'mdev',
  host: null,
  definition,
});

/** The host has always been there, and will be. */
export const isPersistent = ({ capability, definition }: KnownDevice): boolean =>
  capability === 'system' || definition !== null;

const noSuchDevice = (name: string): LibvirtError =>
  errors.noNodeDevice(`no node device with matching name '${name}'`, ErrorDomain.NODEDEV);

function describeDefinition(
  name: string,
  parent: string | null,
  definition: MdevDefinition | null,
): NodeDeviceDefinition {
  if (definition === null) throw noSuchDevice(name);
  const { typeId, uuid, parentAddress, attributes } = definition;
  return {
    name,
    path: null,
    devnode: null,
    devlinks: [],
    parent: parent === null ? null : { name: parent, wwnn: null, wwpn: null, fabricWwn: null },
    driver: null,
    capability: { type: 'mdev', typeId, uuid, parentAddress, iommuGroup: null, attributes },
  };
}
