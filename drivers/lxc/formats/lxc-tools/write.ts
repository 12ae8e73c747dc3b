import type {
  DomainDefinition,
  FilesystemDevice,
  HostDevice,
  InterfaceDevice,
} from '../../../xml/domain/definition.ts';
import { ConfigLines } from './config-lines.ts';

/** The configuration by which LXC's own tools make the same container, in the keys of LXC 2.1 and later. */
export function writeLxcTools(definition: DomainDefinition): string {
  const lines = new ConfigLines();
  const { devices, os } = definition;
  lines.set('lxc.uts.name', definition.name);
  lines.set('lxc.arch', os.arch);
  writeInit(lines, definition);
  writeRoot(lines, devices.filesystems);
  for (const filesystem of devices.filesystems) if (filesystem.target !== '/') writeMount(lines, filesystem);
  lines.set('lxc.tty.max', devices.consoles.length);
  writeIdMaps(lines, definition);
  writeCapabilities(lines, definition);
  writeLimits(lines, definition);
  writeNetwork(lines, definition);
  for (const disk of devices.disks) lines.tell(`disk ${disk.target}`);
  for (const { name } of [...devices.foreign, ...definition.foreign]) lines.tell(name);
  for (const { kind } of definition.namespaces) lines.tell(`lxc:${kind}`);
  return lines.text();
}

function writeInit(lines: ConfigLines, { os }: DomainDefinition): void {
  const words = [os.init, ...os.initArgs];
  if (words.some(word => /\s/.test(word))) lines.tell('an argument of init with white space in it');
  lines.set('lxc.init.cmd', words.join(' '));
  lines.set('lxc.init.cwd', os.initDir);
  lines.set('lxc.init.uid', os.initUser);
  lines.set('lxc.init.gid', os.initGroup);
  for (const { name, value } of os.initEnv) lines.set('lxc.environment', `${name}=${value}`);
}

function writeRoot(lines: ConfigLines, filesystems: readonly FilesystemDevice[]): void {
  const root = filesystems.find(({ target }) => target === '/');
  if (root === undefined) {
    lines.set('lxc.rootfs.path', '/');
    return;
  }
  const loop = root.type === 'file';
  lines.set('lxc.rootfs.path', `${loop ? 'loop:' : ''}${root.source ?? ''}`);
  if (root.readonly) lines.set('lxc.rootfs.options', 'ro');
}

/** White space and backslashes stand as octal escapes in fstab's fields. */
const field = (text: string): string =>
  text.replace(/[\s\\]/g, found => `\\${found.charCodeAt(0).toString(8).padStart(3, '0')}`);

function writeMount(lines: ConfigLines, { type, source, usage, target, readonly }: FilesystemDevice): void {
  const inside = field(target.replace(/^\/+/, ''));
  const mode = readonly ? 'ro' : 'rw';
  if (type === 'mount')
    lines.set('lxc.mount.entry', `${field(source ?? '')} ${inside} none rbind,${mode},create=dir 0 0`);
  else if (type === 'ram')
    lines.set('lxc.mount.entry', `tmpfs ${inside} tmpfs size=${usage ?? 0}k,nosuid,nodev,${mode},create=dir 0 0`);
  else lines.tell(`filesystem of type ${type} at ${target}`);
}

function writeIdMaps(lines: ConfigLines, { idmap }: DomainDefinition): void {
  for (const [letter, maps] of [
    ['u', idmap.uid],
    ['g', idmap.gid],
  ] as const)
    for (const { start, target, count } of maps) lines.set('lxc.idmap', `${letter} ${start} ${target} ${count}`);
}

const droppedByDefault = 'sys_module sys_time mknod audit_control mac_admin'.split(' ');

function writeCapabilities(lines: ConfigLines, { features: { capabilities } }: DomainDefinition): void {
  const named = (state: 'on' | 'off'): string[] =>
    (capabilities?.states ?? []).filter(entry => entry.state === state).map(({ name }) => name);
  const on = named('on');
  if (capabilities?.policy === 'deny') {
    lines.set('lxc.cap.keep', on.length === 0 ? 'none' : on.join(' '));
    return;
  }
  const usual = capabilities?.policy === 'allow' ? [] : droppedByDefault.filter(name => !on.includes(name));
  const dropped = [...new Set([...usual, ...named('off')])];
  if (dropped.length > 0) lines.set('lxc.cap.drop', dropped.join(' '));
}

const withUnit = (kibibytes: bigint | null): string | null => (kibibytes === null ? null : `${kibibytes}K`);

function writeLimits(lines: ConfigLines, definition: DomainDefinition): void {
  const { memory, memtune, cputune, vcpu, numatune, blkiotune } = definition;
  lines.set('lxc.cgroup.memory.limit_in_bytes', withUnit(memtune.hardLimit ?? memory));
  lines.set('lxc.cgroup.memory.soft_limit_in_bytes', withUnit(memtune.softLimit));
  lines.set('lxc.cgroup.memory.memsw.limit_in_bytes', withUnit(memtune.swapHardLimit));
  lines.set('lxc.cgroup.cpu.shares', cputune.shares);
  lines.set('lxc.cgroup.cpu.cfs_period_us', cputune.period);
  lines.set('lxc.cgroup.cpu.cfs_quota_us', cputune.quota);
  lines.set('lxc.cgroup.cpuset.cpus', vcpu.cpuset);
  lines.set('lxc.cgroup.cpuset.mems', numatune?.nodeset ?? null);
  lines.set('lxc.cgroup.blkio.weight', blkiotune.weight);
  for (const { path } of blkiotune.devices) lines.tell(`limits of the block device ${path}`);
}

function writeNetwork(lines: ConfigLines, { devices, features }: DomainDefinition): void {
  const links = [
    ...devices.interfaces.map(device => (at: number) => writeInterface(lines, `lxc.net.${at}`, device)),
    ...devices.hostdevs.map(device => (at: number) => writeHostDevice(lines, `lxc.net.${at}`, device)),
  ];
  let next = 0;
  for (const write of links) if (write(next)) next++;
  if (next === 0) lines.set('lxc.net.0.type', features.privnet ? 'empty' : 'none');
}

/** Whether it became a link. */
function writeInterface(lines: ConfigLines, key: string, device: InterfaceDevice): boolean {
  const types: Partial<Record<InterfaceDevice['type'], string>> = {
    bridge: 'veth',
    ethernet: 'veth',
    direct: 'macvlan',
  };
  const type = types[device.type];
  if (type === undefined) {
    lines.tell(`interface of type ${device.type} (${device.mac})`);
    return false;
  }
  lines.set(`${key}.type`, type);
  if (device.type !== 'ethernet') lines.set(`${key}.link`, device.source);
  if (device.type === 'direct') lines.set(`${key}.macvlan.mode`, device.directMode);
  if (device.type !== 'direct') lines.set(`${key}.veth.pair`, device.targetDev);
  lines.set(`${key}.hwaddr`, device.mac);
  lines.set(`${key}.name`, device.guestDev);
  lines.set(`${key}.mtu`, device.mtu);
  if (device.linkState === 'up' || device.ips.length > 0) lines.set(`${key}.flags`, 'up');
  writeAddresses(lines, key, device);
  return true;
}

function writeHostDevice(lines: ConfigLines, key: string, device: HostDevice): boolean {
  if (device.mode !== 'capabilities' || device.type !== 'net') {
    lines.tell(`host device of type ${device.type}`);
    return false;
  }
  lines.set(`${key}.type`, 'phys');
  lines.set(`${key}.link`, device.path);
  lines.set(`${key}.flags`, 'up');
  writeAddresses(lines, key, device);
  return true;
}

function writeAddresses(lines: ConfigLines, key: string, device: Pick<InterfaceDevice, 'ips' | 'routes'>): void {
  for (const { family, address, prefix } of device.ips)
    lines.set(`${key}.${family}.address`, `${address}/${prefix ?? (family === 'ipv4' ? 32 : 128)}`);
  for (const { family, address, prefix, gateway } of device.routes)
    if (/^[0.:]+$/.test(address) && (prefix ?? 0) === 0) lines.set(`${key}.${family}.gateway`, gateway);
    else lines.tell(`route to ${address}/${prefix ?? ''}`);
}
