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

/** The devices of one container: what lies in its /dev, and what it may open. */
export interface PlannedDevices {
  readonly nodes: readonly Entry[];
  readonly rules: readonly DeviceRule[];
  /** Known once the controller has attached the loops. */
  readonly loopRules: readonly PlannedRule[];
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
const timerNodes: Readonly<Record<string, string>> = { rtc: '/dev/rtc0', hpet: '/dev/hpet' };

interface Node {
  readonly entry: Entry;
  readonly rule: PlannedRule;
}

export function planDevices(definition: DomainDefinition, identity: Identity, loops: LoopTable): PlannedDevices {
  const { clock, devices, features } = definition;
  const timers = clock.offset === 'localtime' ? clock.timers : [];
  const nodes = [
    ...timers.flatMap(timer => timerNode(timer, identity)),
    ...devices.disks.map(disk => diskNode(disk, identity, loops)),
    ...devices.hostdevs.flatMap(device => hostdevNode(device, identity)),
  ];
  return {
    nodes: nodes.map(({ entry }) => entry),
    rules: [
      ...standardRules,
      ...(mayMakeNodes(features.capabilities) ? anyNode : []),
      ...nodes.flatMap(({ rule }) => (rule.device.by === 'number' ? [numbered(rule, rule.device)] : [])),
    ],
    loopRules: nodes.map(({ rule }) => rule).filter(({ device }) => device.by === 'loop'),
  };
}

/** A rule once its device's numbers are known. */
export function numbered(rule: PlannedRule, { major, minor }: { major: number; minor: number }): DeviceRule {
  return { kind: rule.kind, access: rule.access, major, minor };
}

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
  const path = timerNodes[name];
  if (path === undefined) throw startFailure(`unsupported configuration: unsupported timer type (name) '${name}'`);
  return present === true ? [nodeOfHost(path, path.slice('/dev/'.length), 'char', 'r', identity)] : [];
}

function diskNode(disk: DiskDevice, identity: Identity, loops: LoopTable): Node {
  const access = disk.readonly ? 'rm' : 'rwm';
  const path = devPath(disk.target, disk.target);
  if (disk.source === null)
    throw startFailure(`unsupported configuration: Can't setup disk ${disk.target} without a source`);
  if (disk.type === 'block') return nodeOfHost(disk.source, path, 'block', access, identity);
  if (disk.type !== 'file')
    throw startFailure(`unsupported configuration: Can't setup disk for non-block device ${disk.source}`);
  const loop = addImage(loops, diskImage(disk, disk.source));
  return node(path, 'block', { by: 'loop', loop }, access, identity);
}

function hostdevNode(device: HostDevice, identity: Identity): Node[] {
  if (device.mode === 'subsystem') {
    if (device.type !== 'usb') throw errors.configUnsupported(`Unsupported hostdev type ${device.type}`);
    const { bus, device: number } = device.usb ?? { bus: null, device: null };
    if (bus === null || number === null)
      throw errors.configUnsupported('A USB device must be named by its bus and device number');
    const name = `bus/usb/${padded(bus)}/${padded(number)}`;
    return [nodeOfHost(`/dev/${name}`, name, 'char', 'rwm', identity)];
  }
  const kind = { storage: 'block', misc: 'char', net: null } as const;
  const type = kind[device.type];
  if (type === null) return [];
  return [nodeOfHost(device.path, devPath(device.path, device.path.replace(/^\/dev\//, '')), type, 'rwm', identity)];
}

const padded = (number: number): string => String(number).padStart(3, '0');

/** Below the container's /dev: a name with ".." in it would be made elsewhere. */
function devPath(given: string, relative: string): string {
  const path = posix.normalize(relative).replace(/^\/+/, '');
  if (path === '' || path === '.' || path.split('/').includes('..'))
    throw errors.configUnsupported(`'${given}' is no name for a device below /dev`);
  return path;
}
