import { isIP } from 'node:net';
import { errors } from '../../../contract/error.ts';
import { capabilityNames } from '../../../xml/domain/features.ts';
import { guestElement } from '../../../xml/domain/guest-settings.ts';
import { consoleTag, DomainDocument, rootTag, tag, textTag } from '../document.ts';
import type { Translation } from '../format.ts';
import { Limits } from '../limits.ts';
import { addMounts } from '../mounts.ts';
import { hostMemory, kibibytes, wholeNumber } from '../sizes.ts';
import { readTree, type ConfigTree } from './tree.ts';

/** What a guest of Linux-VServer may do unless its bcapabilities say otherwise. */
const usualCapabilities = (
  'chown dac_override dac_read_search fowner fsetid kill setgid setuid net_bind_service sys_chroot sys_ptrace ' +
  'sys_boot sys_tty_config lease audit_write'
).split(' ');

/** Flags of contexts that a container has by itself. */
const inherent = new Set(['lock', 'namespace', 'private', 'virt_mem', 'hide_netif', 'virt_uptime', 'fakeinit']);

/** A page of memory, which resource limits count in; bytes. */
const PAGE = 4096n;

/** Reads the configuration of a guest of util-vserver (/etc/vservers/NAME) that was made one text. */
export async function readVServer(config: string): Promise<Translation> {
  const guest = new GuestFiles(await readTree(config));
  const document = new DomainDocument();
  const name = guest.take('name') ?? guest.take('uts/nodename') ?? guest.take('context');
  if (name === null) throw errors.internalError('the configuration has neither name, uts/nodename nor context');
  document.add('domain', tag('name', {}, name));
  addLimits(document, guest);
  addInit(document, guest);
  addCapabilities(document, guest);
  addFilesystems(document, guest, name);
  addNetwork(document, guest);
  document.add('devices', consoleTag(0));
  for (const flag of guest.lines('flags')) if (!inherent.has(flag.toLowerCase())) document.tell(`flags: ${flag}`);
  for (const [path, content] of guest.rest()) document.tell(`${path}: ${content.replace(/\s+/g, ' ')}`);
  return document.translation();
}

/** Each file is taken once; what is left has no equivalent. */
class GuestFiles {
  readonly #files: Map<string, string>;

  constructor(tree: ConfigTree) {
    this.#files = new Map(tree);
  }

  take(path: string): string | null {
    const content = this.#files.get(path);
    this.#files.delete(path);
    return content === undefined || content === '' ? null : content;
  }

  /** Its lines without comments. */
  lines(path: string): string[] {
    return (this.take(path) ?? '')
      .split('\n')
      .map(line => line.replace(/#.*/, '').trim())
      .filter(line => line !== '');
  }

  /** Files below a directory, by their path in it. */
  below(directory: string): string[] {
    return [...this.#files.keys()]
      .filter(path => path.startsWith(`${directory}/`))
      .map(path => path.slice(directory.length + 1));
  }

  rest(): [string, string][] {
    return [...this.#files];
  }
}

/** Context ids and such have no meaning here; limits lie in files of cgroups, or in resource limits of contexts. */
function addLimits(document: DomainDocument, guest: GuestFiles): void {
  const limits = new Limits();
  for (const file of guest.below('cgroup')) {
    const value = guest.take(`cgroup/${file}`) ?? '';
    if (!limits.read(file, value)) document.tell(`cgroup/${file}: ${value}`);
  }
  const pages = guest.take('rlimits/rss.hard') ?? guest.take('rlimits/rss');
  if (pages !== null && pages !== 'inf') limits.read('memory.max', `${kibibytes(wholeNumber(pages) * PAGE)}K`);
  const soft = guest.take('rlimits/rss.soft');
  if (soft !== null && soft !== 'inf')
    limits.read('memory.soft_limit_in_bytes', `${kibibytes(wholeNumber(soft) * PAGE)}K`);
  for (const kind of ['cpus', 'mems']) {
    const value = guest.take(`cpuset/${kind}`);
    if (value !== null) limits.read(`cpuset.${kind}`, value);
  }
  limits.addTo(document, hostMemory());
}

/** Without a program of its own for init, a guest's run level was entered from outside; here it has an init. */
function addInit(document: DomainDocument, guest: GuestFiles): void {
  const [init = '/sbin/init', ...args] = guest.lines('apps/init/cmd.start');
  document.add('os', tag('type', {}, 'exe'), tag('init', {}, init), ...args.map(word => tag('initarg', {}, word)));
  const style = guest.take('apps/init/style');
  if (style !== null && style !== 'plain')
    document.tell(`apps/init/style: ${style} (the guest runs ${init} as process 1)`);
}

function addCapabilities(document: DomainDocument, guest: GuestFiles): void {
  const allowed = new Set(usualCapabilities);
  for (const line of guest.lines('bcapabilities')) {
    const [, not = '', name = ''] = /^([~!]?)(?:CAP_)?(\w+)$/i.exec(line) ?? [];
    if (!capabilityNames.includes(name.toLowerCase())) document.tell(`bcapabilities: ${line}`);
    else if (not === '') allowed.add(name.toLowerCase());
    else allowed.delete(name.toLowerCase());
  }
  const states = capabilityNames.filter(name => allowed.has(name)).map(name => tag(name, { state: 'on' }));
  document.add('features', tag('capabilities', { policy: 'deny' }, ...states));
}

function addFilesystems(document: DomainDocument, guest: GuestFiles, name: string): void {
  const directory = guest.take('vdir');
  const root = directory?.startsWith('/') === true ? directory : `/vservers/${name}`;
  if (root !== directory) document.tell(`vdir: ${directory ?? 'not given'}; taken for ${root}`);
  document.add('devices', rootTag('mount', root));
  addMounts(document, guest.lines('fstab'), root, 'fstab');
}

/**
 * A guest has some of the host's addresses and no network stack of its own. The addresses are not added to the host's
 * devices here.
 */
function addNetwork(document: DomainDocument, guest: GuestFiles): void {
  const addresses: string[] = [];
  const numbers = new Set(guest.below('interfaces').flatMap(path => /^(\d+)\//.exec(path)?.[1] ?? []));
  for (const number of [...numbers].toSorted((a, b) => Number(a) - Number(b))) {
    if (guest.below(`interfaces/${number}`).includes('disabled')) continue;
    const [address = ''] = guest.take(`interfaces/${number}/ip`)?.split('/') ?? [];
    if (isIP(address) === 0) document.tell(`interfaces/${number}/ip: ${address}`);
    else addresses.push(address);
  }
  const hostname = guest.take('uts/nodename');
  const settings = guestElement({ hostname, hostAddresses: addresses });
  if (settings !== null) document.add('metadata', settings);
  document.add('domain', textTag('title', hostname));
}
