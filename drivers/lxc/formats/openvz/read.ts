import { basename } from 'node:path';
import { errors } from '../../../contract/error.ts';
import { capabilityNames } from '../../../xml/domain/features.ts';
import { guestElement } from '../../../xml/domain/guest-settings.ts';
import { consoleTag, DomainDocument, hostDeviceTag, rootTag, tag, textTag } from '../document.ts';
import type { Translation } from '../format.ts';
import { sizeInBytes } from '../sizes.ts';
import { addLimits } from './limits.ts';
import { addNetwork } from './network.ts';
import { VzSettings } from './settings.ts';

/** Block devices by the names that they have below /dev; all others are taken for character devices. */
const blockDevice = /^(?:sd|hd|vd|xvd|nvme|mmcblk|loop|md|dm-|mapper\/|ploop|sr|drbd|nbd)/;

/** Reads the configuration of one container of OpenVZ or Virtuozzo (VEID.conf). */
export function readOpenVz(config: string): Translation {
  const settings = new VzSettings(config);
  const document = new DomainDocument();
  const hostname = settings.get('HOSTNAME');
  document.add('domain', tag('name', {}, nameOf(settings, hostname)), textTag('uuid', settings.get('UUID')));
  document.add('domain', textTag('description', settings.get('DESCRIPTION')));
  addLimits(document, settings);
  document.add('os', tag('type', {}, 'exe'), tag('init', {}, '/sbin/init'));
  addCapabilities(document, settings);
  addPrivateArea(document, settings);
  addNetwork(document, settings);
  addDevices(document, settings);
  document.add('devices', consoleTag(0));
  const guest = guestElement({
    hostname,
    nameservers: settings.words('NAMESERVER').filter(word => word !== 'inherit'),
    searchDomains: settings.words('SEARCHDOMAIN').filter(word => word !== 'inherit'),
  });
  if (guest !== null) document.add('metadata', guest);
  for (const line of settings.rest()) if (!/^(?:VEID|CTID|VE_ROOT)=/.test(line)) document.tell(line);
  return document.translation();
}

/** What people call it, or its number. */
function nameOf(settings: VzSettings, hostname: string | null): string {
  const name = settings.get('NAME') ?? settings.number ?? hostname;
  if (name === null)
    throw errors.internalError('the configuration names no container: add a line VEID=, NAME= or HOSTNAME=');
  return name;
}

/** "NET_ADMIN:on SYS_TIME:off": exceptions from what a container usually has. */
function addCapabilities(document: DomainDocument, settings: VzSettings): void {
  const states = settings.words('CAPABILITY').flatMap(word => {
    const [name = '', state = ''] = word.toLowerCase().split(':');
    if (capabilityNames.includes(name) && (state === 'on' || state === 'off')) return [tag(name, { state })];
    document.tell(`CAPABILITY ${word}`);
    return [];
  });
  if (states.length > 0) document.add('features', tag('capabilities', { policy: 'default' }, ...states));
}

const kilobytes = (text: string): string => String(sizeInBytes(text, 'K'));

/** The private area is the root; its quota counts blocks of 1 KiB. */
function addPrivateArea(document: DomainDocument, settings: VzSettings): void {
  const path = settings.get('VE_PRIVATE');
  if (path === null || path.endsWith('/') || basename(path) === '')
    throw errors.internalError(
      'the configuration has no VE_PRIVATE, or one whose $VEID is not known: add a line VEID=',
    );
  const layout = settings.get('VE_LAYOUT') ?? 'simfs';
  if (layout.startsWith('ploop')) document.tell(`VE_LAYOUT="${layout}": mount the image, or convert it`);
  const quota = settings.pair('DISKSPACE');
  const root = rootTag('mount', path);
  if (quota === null) {
    document.add('devices', root);
    return;
  }
  document.tell('DISKSPACE is kept, and not enforced on a directory');
  document.add('devices', {
    ...root,
    children: [
      ...root.children,
      tag('space_hard_limit', { unit: 'bytes' }, kilobytes(quota.limit)),
      tag('space_soft_limit', { unit: 'bytes' }, kilobytes(quota.barrier)),
    ],
  });
}

/** "sdb:rw": device nodes of the host. */
function addDevices(document: DomainDocument, settings: VzSettings): void {
  for (const word of settings.words('DEVNODES')) {
    const [name = '', mode = ''] = word.split(':');
    if (!/r/.test(mode) || name.includes('..')) document.tell(`DEVNODES ${word}`);
    else document.add('devices', hostDeviceTag(blockDevice.test(name) ? 'storage' : 'misc', `/dev/${name}`));
  }
}
