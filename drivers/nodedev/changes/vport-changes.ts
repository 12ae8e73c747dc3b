import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';
import type { NodeDeviceDefinition, ParentReference, ScsiHostCapability } from '../../xml/node-device/definition.ts';
import { vportOperations, worldWideName } from '../describe/scsi.ts';
import type { Inventory, KnownDevice } from '../devices/inventory.ts';
import type { HostTree } from '../host/host-tree.ts';

/** The names of an adapter on a Fibre Channel: its node's and its port's, 16 hexadecimal digits each. */
export interface WorldWideNames {
  readonly wwnn: string;
  readonly wwpn: string;
}

const WORLD_WIDE_NAME = /^[0-9a-f]{16}$/i;

/** How long a new adapter may take to appear, and how often it is looked for; milliseconds. */
const APPEARS_WITHIN = 60_000;
const LOOK_EVERY = 100;

const failure = (text: string): LibvirtError => errors.internalError(text, ErrorDomain.NODEDEV);

/** Makes a virtual adapter on a real one, and waits until it is there. Returns its name. */
export async function createVport(
  tree: HostTree,
  inventory: Inventory,
  definition: NodeDeviceDefinition,
  { fibreChannel }: ScsiHostCapability,
): Promise<string> {
  if (fibreChannel === null) throw failure('Device is not a fibre channel HBA');
  const names = { wwnn: fibreChannel.wwnn ?? generatedName(), wwpn: fibreChannel.wwpn ?? generatedName() };
  const parent = await findParent(tree, inventory, definition.parent);
  for (const name of [names.wwnn, names.wwpn])
    if (!WORLD_WIDE_NAME.test(name)) throw failure(`'${name}' is no world wide name`);
  await operate(tree, parent, 'vport_create', names);
  for (const end = Date.now() + APPEARS_WITHIN; Date.now() < end; await delay(LOOK_EVERY)) {
    const made = await findByNames(tree, inventory, names);
    if (made !== null) return made.name;
  }
  throw errors.noNodeDevice(
    `no node device for wwnn '${names.wwnn}' and wwpn '${names.wwpn}' has appeared`,
    ErrorDomain.NODEDEV,
  );
}

/** As libvirt makes them: of a registered vendor's numbers. */
const generatedName = (): string => `5001a4a${randomBytes(5).toString('hex').slice(0, 9)}`;

export async function deleteVport(tree: HostTree, inventory: Inventory, device: KnownDevice): Promise<void> {
  const names = namesOf(tree, device);
  if (names === null) throw failure('Device is not a fibre channel HBA');
  const parent = await inventory.named((await inventory.parentOf(device)) ?? '');
  await operate(tree, parent, 'vport_delete', names);
}

/** The adapter of these names, null when there is none. */
export async function findByNames(
  tree: HostTree,
  inventory: Inventory,
  wanted: WorldWideNames,
): Promise<KnownDevice | null> {
  return await findHost(inventory, device => {
    const names = namesOf(tree, device);
    return names !== null && isSame(names.wwnn, wanted.wwnn) && isSame(names.wwpn, wanted.wwpn);
  });
}

const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

async function findHost(inventory: Inventory, isIt: (device: KnownDevice) => boolean): Promise<KnownDevice | null> {
  const all = await inventory.all();
  return all.find(device => device.capability === 'scsi_host' && isIt(device)) ?? null;
}

function namesOf(tree: HostTree, { host }: KnownDevice): WorldWideNames | null {
  const read = (name: string): string | null =>
    worldWideName(tree.text(`/sys/class/fc_host/${host?.sysname ?? ''}/${name}`));
  const wwnn = read('node_name');
  const wwpn = read('port_name');
  return wwnn === null || wwpn === null ? null : { wwnn, wwpn };
}

async function findParent(tree: HostTree, inventory: Inventory, parent: ParentReference | null): Promise<KnownDevice> {
  const found = await referredTo(tree, inventory, parent);
  if (found !== null) return found;
  if (parent === null) throw failure('Could not find any vport capable device');
  throw failure("Could not find parent device for 'new device'");
}

async function referredTo(
  tree: HostTree,
  inventory: Inventory,
  parent: ParentReference | null,
): Promise<KnownDevice | null> {
  if (parent === null) return await findHost(inventory, device => hasRoom(tree, device));
  const { name, wwnn, wwpn, fabricWwn } = parent;
  if (name !== null) return await inventory.named(name).catch(() => null);
  if (wwnn !== null && wwpn !== null) return await findByNames(tree, inventory, { wwnn, wwpn });
  if (fabricWwn === null) return null;
  return await findHost(inventory, ({ host }) => {
    const fabric = worldWideName(tree.text(`/sys/class/fc_host/${host?.sysname ?? ''}/fabric_name`));
    return fabric !== null && isSame(fabric, fabricWwn);
  });
}

function hasRoom(tree: HostTree, { host }: KnownDevice): boolean {
  const directory = host === null ? null : vportOperations(tree, host.sysname);
  if (directory === null) return false;
  const most = tree.number(`${directory}/max_npiv_vports`) ?? 0;
  return (tree.number(`${directory}/npiv_vports_inuse`) ?? 0) < most;
}

async function operate(
  tree: HostTree,
  parent: KnownDevice,
  operation: 'vport_create' | 'vport_delete',
  { wwnn, wwpn }: WorldWideNames,
): Promise<void> {
  const directory = parent.host === null ? null : vportOperations(tree, parent.host.sysname);
  if (parent.capability !== 'scsi_host' || directory === null)
    throw failure(`Parent device ${parent.name} is not capable of vport operations`);
  const path = `${directory}/${operation}`;
  await tree.write(path, `${wwpn}:${wwnn}`).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw errors.systemError(`Write of '${wwpn}:${wwnn}' to '${path}' failed: ${why}`, ErrorDomain.NODEDEV, { cause });
  });
}
