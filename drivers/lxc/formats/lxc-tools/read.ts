import { errors } from '../../../contract/error.ts';
import { capabilityNames } from '../../../xml/domain/features.ts';
import { consoleTag, DomainDocument, rootTag, tag, textTag } from '../document.ts';
import type { Translation } from '../format.ts';
import { wholeNumber } from '../sizes.ts';
import { Limits } from '../limits.ts';
import { addMounts } from '../mounts.ts';
import { addNetwork } from './network.ts';
import { readProperties, type Property } from './properties.ts';

const architectures = new Map([
  ...['x86', 'i386', 'i486', 'i586', 'i686'].map((name): [string, string] => [name, 'i686']),
  ...['x86_64', 'amd64'].map((name): [string, string] => [name, 'x86_64']),
  ...['aarch64', 'arm64'].map((name): [string, string] => [name, 'aarch64']),
  ...['armv7l', 'ppc64le', 'riscv64', 's390x'].map((name): [string, string] => [name, name]),
]);

/** What the memory of a container is that sets no limit, in KiB: libvirt's choice. */
const DEFAULT_MEMORY = 65_536n;

/** Reads the configuration of a container of LXC's own tools, of both generations of keys. */
export function readLxcTools(config: string): Translation {
  const document = new DomainDocument();
  const properties = new Properties(readProperties(config));
  if (properties.all('lxc.mount.fstab').length > 0)
    throw errors.argumentUnsupported('lxc.mount.fstab or lxc.mount found, use lxc.mount.entry lines instead');

  document.add('domain', tag('name', {}, properties.needed('lxc.uts.name')));
  addLimits(document, properties);
  addInit(document, properties);
  addIdMaps(document, properties);
  addCapabilities(document, properties);
  const root = addRoot(document, properties);
  addMounts(document, properties.all('lxc.mount.entry'), root, 'lxc.mount.entry');
  addNetwork(document, properties.matching(/^lxc\.net\./));
  addConsoles(document, properties);
  for (const { written } of properties.rest()) document.tell(written);
  return document.translation();
}

/** The lines of a configuration; what nobody has asked for in the end has no equivalent. */
class Properties {
  readonly #lines: readonly Property[];
  readonly #used = new Set<Property>();

  constructor(lines: readonly Property[]) {
    this.#lines = lines;
  }

  matching(pattern: RegExp): Property[] {
    const found = this.#lines.filter(({ key }) => pattern.test(key));
    for (const line of found) this.#used.add(line);
    return found;
  }

  all(key: string): string[] {
    const found = this.#lines.filter(line => line.key === key);
    for (const line of found) this.#used.add(line);
    return found.map(({ value }) => value);
  }

  last(key: string): string | null {
    return this.all(key).at(-1) ?? null;
  }

  /** Throws internalError where it is missing. */
  needed(key: string): string {
    const value = this.last(key);
    if (value === null || value === '') throw errors.internalError(`the configuration has no ${key}`);
    return value;
  }

  rest(): Property[] {
    return this.#lines.filter(line => !this.#used.has(line));
  }
}

function addLimits(document: DomainDocument, properties: Properties): void {
  const limits = new Limits();
  for (const { key, value, written } of properties.matching(/^lxc\.cgroup2?\./))
    if (!limits.read(key.replace(/^lxc\.cgroup2?\./, ''), value)) document.tell(written);
  limits.addTo(document, DEFAULT_MEMORY);
}

function addInit(document: DomainDocument, properties: Properties): void {
  const [init = '/sbin/init', ...args] = properties.last('lxc.init.cmd')?.split(/\s+/) ?? [];
  const written = properties.last('lxc.arch');
  const arch = written === null ? null : (architectures.get(written) ?? null);
  if (written !== null && arch === null) document.tell(`lxc.arch = ${written}`);
  document.add('os', tag('type', { arch }, 'exe'), tag('init', {}, init));
  document.add('os', ...args.map(argument => tag('initarg', {}, argument)));
  for (const assignment of properties.all('lxc.environment')) {
    const [name = '', ...value] = assignment.split('=');
    // LXC takes the value of a bare name from its own environment, of which nothing is known here.
    if (value.length === 0) document.tell(`lxc.environment = ${assignment}`);
    else document.add('os', tag('initenv', { name }, value.join('=')));
  }
  document.add('os', textTag('initdir', properties.last('lxc.init.cwd')));
  document.add('os', textTag('inituser', properties.last('lxc.init.uid')));
  document.add('os', textTag('initgroup', properties.last('lxc.init.gid')));
}

/** "u 0 100000 65536": first id inside, first on the host, how many. */
function addIdMaps(document: DomainDocument, properties: Properties): void {
  for (const line of properties.all('lxc.idmap')) {
    const match = /^([ugb])\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})$/.exec(line);
    if (match === null) throw errors.internalError(`invalid lxc.id_map: '${line}'`);
    const [, kind, start = '', target = '', count = ''] = match;
    if (kind !== 'g') document.add('idmap', tag('uid', { start, target, count }));
    if (kind !== 'u') document.add('idmap', tag('gid', { start, target, count }));
  }
}

/** LXC leaves a container all capabilities but those that are dropped, or those only that are kept. */
function addCapabilities(document: DomainDocument, properties: Properties): void {
  const names = (key: string): string[] => properties.all(key).flatMap(line => line.split(/\s+/));
  const [drop, keep] = [names('lxc.cap.drop'), names('lxc.cap.keep')];
  const states = (given: readonly string[], key: string, state: 'on' | 'off') =>
    given.flatMap(name => {
      if (capabilityNames.includes(name)) return [tag(name, { state })];
      if (name !== 'none') document.tell(`${key} = ${name}`);
      return [];
    });
  const policy = keep.length > 0 ? 'deny' : 'allow';
  const members = [...states(keep, 'lxc.cap.keep', 'on'), ...states(drop, 'lxc.cap.drop', 'off')];
  document.add('features', tag('capabilities', { policy }, ...members));
}

/** Returns the root's path on the host. */
function addRoot(document: DomainDocument, properties: Properties): string {
  const written = properties.needed('lxc.rootfs.path');
  const path = /^(?:dir|loop):(\/.*)$/.exec(written)?.[1] ?? written;
  const readonly = properties.last('lxc.rootfs.options')?.split(',').includes('ro') ?? false;
  const type = written.startsWith('loop:') ? 'file' : path.startsWith('/dev/') ? 'block' : 'mount';
  document.add('devices', rootTag(type, path, readonly));
  if (!path.startsWith('/')) document.tell(`lxc.rootfs.path = ${written}`);
  return path;
}

/** A container always has a console; LXC counts the terminals beside it. */
function addConsoles(document: DomainDocument, properties: Properties): void {
  const count = wholeNumber(properties.last('lxc.tty.max') ?? '0', 'int');
  if (count > 64n) throw errors.internalError(`too many terminals: ${count}`);
  for (let port = 0; port < Math.max(1, Number(count)); port++) document.add('devices', consoleTag(port));
}
