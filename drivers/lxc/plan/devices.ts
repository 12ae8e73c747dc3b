import { posix } from 'node:path';
import { errors } from '../../contract/error.ts';
import type { DeviceRule } from '../../../native/cgroup/cgroup.ts';
import type { DeviceNumber, Entry } from '../../../native/plan/plan.ts';
import type { DiskDevice, DomainDefinition, HostDevice, Timer } from '../../xml/domain/definition.ts';
import { diskImage } from '../images/image.ts';
import { startFailure } from './start-failure.ts';
import { hostDevice, type HostNode } from './host-device.ts';
import { addImage, type LoopTable } from './filesystems.ts';
import type { Identity } from './identity.ts';
import { mayMakeNodes } from './capabilities.ts';

/** A device rule whose numbers may be those of a loop device that is not there yet. */
export type PlannedRule = Omit<DeviceRule, 'major' | 'minor'> & { readonly device: DeviceNumber };

/** A device of the definition, by its name there; a timer is called "timer-rtc". */
export interface OwnRule {
  readonly alias: string | null;
  readonly rule: PlannedRule;
}

/** The devices of one container: what lies in its /dev, and what it may open. */
export interface PlannedDevices {
  readonly nodes: readonly Entry[];
  /** What it may open whatever its devices are. */
  readonly standard: readonly DeviceRule[];
  /** Known once the controller has attached the loops, for those. */
  readonly own: readonly OwnRule[];
}

const standardRules: readonly DeviceRule[] = [
  { kind: 'char', major: 1, minor: 3, access: 'rwm' },
  { kind: 'char', major: 1, minor: 5, access: 'rwm' },
  { kind: 'char', major: 1, minor: 7, access: 'rwm' },
  { kind: 'char', major: 1, minor: 8, access: 'rwm' },
  { kind: 'char', major: 1, minor: 9, access: 'rwm' },
  { kind: 'char', major: 5, minor: 0, access: 'rwm' },
  { kind: 'char', major: 5, minor: 2, access: 'rwm' },
  { kind: 'char', major: 10, minor: 229, access: 'rwm' },
  { kind: 'char', major: 136, minor: null, access: 'rwm' },
];

/** mknod state='on': the container may make any node, which is not yet to open it. */
const anyNode: readonly DeviceRule[] = [{ kind: 'all', major: null, minor: null, access: 'm' }];

/** The timers of `<clock>` that are devices of the host. */
const timerPaths: Readonly<Record<string, string>> = { rtc: '/dev/rtc0', hpet: '/dev/hpet' };

interface Node {
  readonly entry: Entry;
  readonly rule: PlannedRule;
}

export function planDevices(definition: DomainDefinition, identity: Identity, loops: LoopTable): PlannedDevices {
  const { clock, devices } = definition;
  const timers = clock.offset === 'localtime' ? clock.timers : [];
  const own = [
    ...timers.flatMap(timer => named(`timer-${timer.name}`, timerNode(timer, identity))),
    ...devices.disks.flatMap(disk => named(disk.alias, diskNode(disk, identity, loops))),
    ...devices.hostdevs.flatMap(device => named(device.alias, hostdevNode(device, identity))),
  ];
  return { nodes: own.map(({ entry }) => entry), standard: standardDevices(definition), own };
}

const named = (alias: string | null, nodes: readonly Node[]): (Node & OwnRule)[] =>
  nodes.map(node => ({ ...node, alias }));

/** What a container may open whatever its devices are. */
export const standardDevices = ({ features }: DomainDefinition): DeviceRule[] => [
  ...standardRules,
  ...(mayMakeNodes(features.capabilities) ? anyNode : []),
];

function node(path: string, kind: HostNode['kind'], device: DeviceNumber, access: string, identity: Identity): Node {
  const { rootUid: uid, rootGid: gid } = identity;
  return {
    entry: { make: 'node', path, kind, device, mode: 0o700, uid, gid },
    rule: { kind, device, access },
  };
}

function nodeOfHost(source: string, path: string, kind: HostNode['kind'], access: string, identity: Identity): Node {
  const { major, minor } = hostDevice(source, kind);
  return node(path, kind, { by: 'number', major, minor }, access, identity);
}

function timerNode({ name, present }: Timer, identity: Identity): Node[] {
  const path = timerPaths[name];
  if (path === undefined) throw startFailure(`unsupported configuration: unsupported timer type (name) '${name}'`);
  return present === true ? [nodeOfHost(path, path.slice('/dev/'.length), 'char', 'r', identity)] : [];
}

/** A drive without a medium is there once it has one. */
function diskNode(disk: DiskDevice, identity: Identity, loops: LoopTable): Node[] {
  const { source, target, type } = disk;
  const access = diskAccess(disk);
  const path = diskPath(disk);
  if (source === null) {
    if (isDrive(disk)) return [];
    throw startFailure(`unsupported configuration: Can't setup disk ${target} without a source`);
  }
  if (type === 'block') return [nodeOfHost(source, path, 'block', access, identity)];
  if (type !== 'file') throw startFailure(`unsupported configuration: Can't setup disk for non-block device ${source}`);
  const loop = addImage(loops, diskImage(disk, source), disk.alias);
  return [node(path, 'block', { by: 'loop', loop }, access, identity)];
}

/** Whether a disk may be without a medium. */
export const isDrive = ({ device }: DiskDevice): boolean => device === 'cdrom' || device === 'floppy';

export const diskAccess = ({ readonly }: DiskDevice): string => (readonly ? 'rm' : 'rwm');

/** Below /dev. */
export const diskPath = ({ target }: DiskDevice): string => devPath(target, target);

/** A device of the host as a node of the container: where it is on the host, and below the container's /dev. */
export interface HostNodePlace {
  readonly source: string;
  readonly path: string;
  readonly kind: HostNode['kind'];
}

/** Null for a network interface. Throws configUnsupported for what containers cannot have. */
export function hostNodePlace(device: HostDevice): HostNodePlace | null {
  if (device.mode === 'subsystem') {
    if (device.type !== 'usb') throw errors.configUnsupported(`Unsupported hostdev type ${device.type}`);
    const { bus, device: number } = device.usb ?? { bus: null, device: null };
    if (bus === null || number === null)
      throw errors.configUnsupported('A USB device must be named by its bus and device number');
    const path = `bus/usb/${padded(bus)}/${padded(number)}`;
    return { source: `/dev/${path}`, path, kind: 'char' };
  }
  const kind = { storage: 'block', misc: 'char', net: null } as const;
  const type = kind[device.type];
  if (type === null) return null;
  return { source: device.path, path: devPath(device.path, device.path.replace(/^\/dev\//, '')), kind: type };
}

function hostdevNode(device: HostDevice, identity: Identity): Node[] {
  const place = hostNodePlace(device);
  return place === null ? [] : [nodeOfHost(place.source, place.path, place.kind, 'rwm', identity)];
}

const padded = (number: number): string => String(number).padStart(3, '0');

/** Below the container's /dev: a name with ".." in it would be made elsewhere. */
function devPath(given: string, relative: string): string {
  const path = posix.normalize(relative).replace(/^\/+/, '');
  if (path === '' || path === '.' || path.split('/').includes('..'))
    throw errors.configUnsupported(`'${given}' is no name for a device below /dev`);
  return path;
}
