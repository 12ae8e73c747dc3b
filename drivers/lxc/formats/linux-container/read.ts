import { posix } from 'node:path';
import ipaddr from 'ipaddr.js';
import { ErrorDomain } from '../../../contract/constants.ts';
import { errors } from '../../../contract/error.ts';
import { guestElement } from '../../../xml/domain/guest-settings.ts';
import { readXml } from '../../../xml/read.ts';
import { attributeOf, childOf, childrenOf, isElement, textOf, type XmlElement } from '../../../xml/tree.ts';
import { consoleTag, DomainDocument, filesystemTag, tag, textTag } from '../document.ts';
import type { Translation } from '../format.ts';
import { hostMemory } from '../sizes.ts';

const known = {
  domain: ['name', 'uuid', 'container', 'devices'],
  container: ['filesystem', 'application', 'network', 'cpushare', 'memory'],
  network: ['ip', 'gateway', 'nameserver'],
} as const;

/** Reads the document that containers were first proposed with: `<domain type='linuxcontainer'>`. */
export async function readLinuxContainer(config: string): Promise<Translation> {
  const root = await readXml(config, { what: 'domain_definition', root: 'domain', domain: ErrorDomain.DOMAIN });
  const container = childOf(root, 'container');
  if (container === null) throw errors.xmlError('a domain of type linuxcontainer has an element <container>');
  const document = new DomainDocument();
  document.add('domain', textTag('name', textIn(root, 'name')), textTag('uuid', textIn(root, 'uuid')));
  document.add('domain', textTag('memory', textIn(container, 'memory') ?? hostMemory()));
  document.add('cputune', textTag('shares', textIn(container, 'cpushare')));
  addApplication(document, textIn(container, 'application'));
  addMounts(document, childOf(container, 'filesystem'));
  addNetwork(document, childOf(container, 'network'));
  addConsoles(document, childOf(root, 'devices'));
  tellUnknown(document, root, known.domain);
  tellUnknown(document, container, known.container);
  return document.translation();
}

function textIn(parent: XmlElement, name: string): string | null {
  const element = childOf(parent, name);
  return element === null ? null : textOf(element).trim();
}

function tellUnknown(document: DomainDocument, parent: XmlElement, names: readonly string[]): void {
  for (const child of parent.children)
    if (isElement(child) && !names.includes(child.name)) document.tell(`<${child.name}> in <${parent.name}>`);
}

/** A name without a path was to be looked for as a shell does. */
function addApplication(document: DomainDocument, application: string | null): void {
  if (application === null || application === '') throw errors.xmlError('<container> has no <application>');
  const [program = '', ...args] = application.split(/\s+/);
  const words = program.startsWith('/') ? [program, ...args] : ['/usr/bin/env', program, ...args];
  const [init = '', ...rest] = words;
  document.add('os', tag('type', {}, 'exe'), tag('init', {}, init), ...rest.map(word => tag('initarg', {}, word)));
}

/** "/etc = /home/user/etc": a place in the container, and the directory of the host that is seen there. */
function addMounts(document: DomainDocument, filesystem: XmlElement | null): void {
  for (const mount of filesystem === null ? [] : childrenOf(filesystem, 'mount')) {
    const [target = '', source = '', ...rest] = textOf(mount)
      .split('=')
      .map(part => part.trim());
    if (!target.startsWith('/') || !source.startsWith('/') || rest.length > 0)
      throw errors.xmlError(`<mount> is written "/target = /source", not '${textOf(mount)}'`);
    document.add('devices', filesystemTag('mount', source, posix.normalize(target)));
  }
}

/** The proposal says what the guest's interface has, and not what it is joined to: the host's end is left as it is. */
function addNetwork(document: DomainDocument, network: XmlElement | null): void {
  if (network === null) return;
  const addresses = childrenOf(network, 'ip').map(ip => {
    const [address, mask] = [attributeOf(ip, 'address'), attributeOf(ip, 'netmask')];
    return tag('ip', { address, family: 'ipv4', prefix: mask === null ? null : prefixOf(mask) });
  });
  const gateways = childrenOf(network, 'gateway').map(gateway =>
    tag('route', { family: 'ipv4', address: '0.0.0.0', gateway: attributeOf(gateway, 'address') }),
  );
  if (addresses.length > 0) {
    document.add(
      'devices',
      tag('interface', { type: 'ethernet' }, ...addresses, ...gateways, tag('link', { state: 'up' })),
    );
    document.tell('what the interface is joined to: give it a bridge, or routes on the host');
  }
  document.add('features', tag('privnet'));
  const guest = guestElement({
    hostname: attributeOf(network, 'hostname'),
    nameservers: childrenOf(network, 'nameserver').map(element => textOf(element).trim()),
  });
  if (guest !== null) document.add('metadata', guest);
  tellUnknown(document, network, known.network);
}

function prefixOf(mask: string): number {
  const prefix = ipaddr.IPv4.isValid(mask) ? ipaddr.IPv4.parse(mask).prefixLengthFromSubnetMask() : null;
  if (prefix === null) throw errors.xmlError(`'${mask}' is no netmask`);
  return prefix;
}

/** The host's terminal is chosen at each start. */
function addConsoles(document: DomainDocument, devices: XmlElement | null): void {
  const consoles = devices === null ? [] : childrenOf(devices, 'console');
  for (const console of consoles) {
    const tty = attributeOf(console, 'tty');
    if (tty !== null) document.tell(`<console tty='${tty}'>: the daemon chooses the terminal`);
  }
  for (let port = 0; port < Math.max(1, consoles.length); port++) document.add('devices', consoleTag(port));
  if (devices !== null) tellUnknown(document, devices, ['console']);
}
