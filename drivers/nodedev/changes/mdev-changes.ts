import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { MdevCapability, NodeDeviceDefinition } from '../../xml/node-device/definition.ts';
import type { Inventory, KnownDevice } from '../devices/inventory.ts';
import type { MdevDefinition } from '../mdev/mdev-definition.ts';
import { mdevctl } from '../mdev/mdevctl.ts';

/** What mdevctl is told of a device. */
interface MdevRequest {
  readonly parentAddress: string;
  readonly args: readonly string[];
  readonly json: object;
}

/** Names that become file names below a device's directory, written to by root. */
const FILE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.:+-]*$/;

/** The UUID of a device that is to be made, or written down, by its document. */
export async function makeMdev(
  inventory: Inventory,
  verb: 'define' | 'start',
  definition: NodeDeviceDefinition,
  capability: MdevCapability,
): Promise<{ uuid: string; parentAddress: string }> {
  const { parentAddress, args, json } = await requestOf(inventory, definition, capability);
  const output = await mdevctl({ args: [verb, ...args], json, failure: `Unable to ${verb} mediated device` });
  // It tells the one that it has chosen.
  return { uuid: capability.uuid ?? output.trim(), parentAddress };
}

async function requestOf(
  inventory: Inventory,
  { parent }: NodeDeviceDefinition,
  { typeId, uuid, attributes }: MdevCapability,
): Promise<MdevRequest> {
  const parentAddress = await addressOfParent(inventory, parent?.name ?? null);
  for (const name of [typeId, ...attributes.map(({ name }) => name)])
    if (!FILE_NAME.test(name))
      throw errors.configUnsupported(`'${name}' is no name of a type or attribute`, ErrorDomain.NODEDEV);
  return {
    parentAddress,
    args: ['--parent', parentAddress, ...(uuid === null ? [] : ['--uuid', uuid])],
    json: {
      mdev_type: typeId,
      start: 'manual',
      attrs: attributes.map(({ name, value }) => ({ [name]: value })),
    },
  };
}

async function addressOfParent(inventory: Inventory, name: string | null): Promise<string> {
  if (name === null) throw errors.configUnsupported('missing parent device', ErrorDomain.NODEDEV);
  const parent = await inventory.named(name).catch(cause => {
    throw errors.configUnsupported(`invalid parent device '${name}'`, ErrorDomain.NODEDEV, { cause });
  });
  const { capability, host } = parent;
  if (host === null || (capability !== 'pci' && capability !== 'css' && capability !== 'ap_matrix'))
    throw errors.parseFailed(`Unable to find address for parent device '${name}'`, ErrorDomain.NODEDEV);
  return host.sysname;
}

const named = ({ uuid, parentAddress }: MdevDefinition): string[] => ['--uuid', uuid, '--parent', parentAddress];

export async function startDefined(definition: MdevDefinition): Promise<void> {
  await mdevctl({ args: ['start', ...named(definition)], failure: 'Unable to create mediated device' });
}

export async function stopMdev({ host }: KnownDevice): Promise<void> {
  if (host !== null)
    await mdevctl({ args: ['stop', '--uuid', host.sysname], failure: 'Unable to destroy mediated device' });
}

export async function undefineMdev(definition: MdevDefinition): Promise<void> {
  await mdevctl({ args: ['undefine', ...named(definition)], failure: 'Unable to undefine mediated device' });
}

export async function setMdevAutostart(definition: MdevDefinition, autostart: boolean): Promise<void> {
  await mdevctl({
    args: ['modify', ...named(definition), autostart ? '--auto' : '--manual'],
    failure: `Unable to set autostart on '${definition.name}'`,
  });
}
