import { ErrorCode, ErrorDomain } from '../../contract/constants.ts';
import { LibvirtError } from '../../contract/error.ts';
import { attribute, attributes } from '../describe/attribute.ts';
import { child, flag, textChild } from '../describe/element.ts';
import { foreign, shapedChildren } from '../describe/foreign.ts';
import { draft, orElse, ordered, record, type Draft, type Part } from '../describe/part.ts';
import { oneOf, string } from '../describe/text.ts';
import { attributeOf, childOf, type XmlElement } from '../tree.ts';
import type { DiskDevice } from './definition.ts';
import { normalPart, runningAlias } from './device-parts.ts';
import { internalError, unsupported, xmlError } from './errors.ts';
import { imageFormat } from './filesystem.ts';
import { diskForms, diskSourceForms, networkSourceForms } from './forms.ts';

const types = ['block', 'file', 'volume', 'dir', 'network', 'nvme', 'vhostuser', 'vhostvdpa'] as const;

const sourceAttribute = { file: 'file', block: 'dev', dir: 'dir' } as const;

const buses = ['ide', 'fdc', 'scsi', 'virtio', 'xen', 'usb', 'uml', 'sata', 'sd', 'none'] as const;

/** What a target's name says of the bus, when the document does not. */
const busOfName: readonly [string, string][] = [
  ['fd', 'fdc'],
  ['hd', 'ide'],
  ['sd', 'scsi'],
  ['vd', 'virtio'],
  ['xvd', 'xen'],
  ['ubd', 'uml'],
];

const head = record({
  type: orElse(attribute('type', oneOf(types)), 'file'),
  device: orElse(attribute('device', oneOf(['disk', 'cdrom', 'floppy', 'lun'])), 'disk'),
  attributes: attributes(['model', 'rawio', 'sgio', 'snapshot']),
});

const driver = record({
  name: attribute('name', string),
  type: attribute('type', imageFormat),
  cache: attribute('cache', oneOf<string>(['default', 'none', 'writethrough', 'writeback', 'directsync', 'unsafe'])),
  attributes: attributes(
    (
      'error_policy rerror_policy io ioeventfd event_idx copy_on_read discard iothread detect_zeroes queues queue_size ' +
      'iommu ats packed page_per_vq discard_no_unref metadata_cache'
    ).split(' '),
  ),
});

const targetElement = record({
  dev: attribute('dev', string),
  bus: attribute('bus', oneOf<string>(buses)),
  attributes: attributes(['tray', 'removable', 'rotation_rate']),
});

const body = record({
  driver: child('driver', driver),
  target: child('target', targetElement),
  readonly: flag('readonly'),
  shareable: flag('shareable'),
  serial: textChild('serial', string),
  alias: runningAlias,
  foreign: foreign(diskForms, normalPart),
});

type Source = Pick<DiskDevice, 'type' | 'source' | 'startupPolicy' | 'volume' | 'foreignSource'>;

function readSource(from: XmlElement, type: DiskDevice['type']): Source {
  const element = childOf(from, 'source') ?? draft('source');
  const none: Source = { type, source: null, startupPolicy: null, volume: null, foreignSource: null };
  if (type !== 'file' && type !== 'block' && type !== 'dir' && type !== 'volume')
    return { ...none, foreignSource: shapedChildren(from, networkSourceForms)[0] ?? null };
  const inner = shapedChildren(element, diskSourceForms).map(normalPart);
  const foreignSource = inner.length === 0 ? null : { ...draft('source'), children: inner };
  const common = { ...none, startupPolicy: attributeOf(element, 'startupPolicy'), foreignSource };
  if (type !== 'volume') return { ...common, source: attributeOf(element, sourceAttribute[type]) || null };
  const pool = attributeOf(element, 'pool');
  const volume = attributeOf(element, 'volume');
  if (pool === null || volume === null)
    throw xmlError("'pool' and 'volume' must be specified together for 'pool' type source");
  return { ...common, volume: { pool, volume } };
}

/** Where a volume lies is not part of the document. */
function writeSource({ type, source, startupPolicy, volume, foreignSource }: Source, to: Draft): void {
  const element = draft('source');
  element.attributes.push(...(foreignSource?.attributes ?? []));
  if (source !== null && volume === null && (type === 'file' || type === 'block' || type === 'dir'))
    element.attributes.push({ name: sourceAttribute[type], value: source });
  if (volume !== null)
    element.attributes.push({ name: 'pool', value: volume.pool }, { name: 'volume', value: volume.volume });
  if (startupPolicy !== null) element.attributes.push({ name: 'startupPolicy', value: startupPolicy });
  element.children.push(...(foreignSource?.children ?? []));
  if (element.attributes.length > 0 || element.children.length > 0) to.children.push(element);
}

const missing = (code: ErrorCode, what: string, device: string): LibvirtError =>
  new LibvirtError(code, ErrorDomain.DOMAIN, `missing ${what} information for device ${device}`.trimEnd(), {
    str1: `missing ${what} information for device %s`,
    str2: device,
  });

function checkedTarget(target: string | null, device: DiskDevice['device'], source: string | null): string {
  if (target === null) throw missing(ErrorCode.NO_TARGET, 'target', source ?? '');
  const floppy = target.startsWith('fd');
  if (device === 'floppy' && !floppy) throw internalError(`Invalid floppy device name: ${target}`);
  if (device !== 'floppy' && floppy) throw internalError(`Invalid harddisk device name: ${target}`);
  return target;
}

function busOf(target: string, given: string | null, hasAddress: boolean): string {
  const named = busOfName.find(([prefix]) => new RegExp(`^${prefix}[a-z]+[0-9]*$`).test(target))?.[1];
  if (named === undefined && !hasAddress) throw xmlError(`Unknown disk name '${target}' and no address specified`);
  return given ?? named ?? 'virtio';
}

/** The number that a target's name stands for: "vda" is 0, "vdz" 25, "vdaa" 26. */
export function diskNumber(target: string): number {
  const letters = /^(?:fd|hd|sd|vd|xvd|ubd)([a-z]{1,5})/.exec(target)?.[1] ?? '';
  return Array.from(letters).reduce((number, letter) => (number + 1) * 26 + letter.charCodeAt(0) - 97, -1);
}

const order = (
  'driver auth source mirror geometry blockio target iotune readonly shareable transient serial wwn vendor product ' +
  'encryption boot alias address'
).split(' ');

/** `<disk>` */
export const disk: Part<DiskDevice> = ordered(
  {
    read(from, mode) {
      const { driver: how, target: to, ...rest } = body.read(from, mode);
      const { device, type, attributes: echoed } = head.read(from, mode);
      const source = readSource(from, type);
      const target = checkedTarget(to?.dev ?? null, device, source.source);
      const removable = device === 'cdrom' || device === 'floppy';
      if (source.source === null && source.volume === null && source.foreignSource === null && !removable)
        throw missing(ErrorCode.NO_SOURCE, 'source', target);
      if (echoed['rawio'] !== undefined && device !== 'lun')
        throw unsupported("rawio can be used only with device='lun'");
      const bus = busOf(
        target,
        to?.bus ?? null,
        rest.foreign.some(({ name }) => name === 'address'),
      );
      if (to?.attributes['removable'] !== undefined && bus !== 'usb')
        throw xmlError('removable is only valid for usb disks');
      return {
        ...source,
        ...rest,
        device,
        attributes: rest.readonly ? withoutSnapshot(echoed) : echoed,
        driverName: how?.name ?? null,
        driverType: how?.type ?? null,
        cache: how?.cache ?? null,
        driverAttributes: how?.attributes ?? {},
        target,
        bus,
        targetAttributes: to?.attributes ?? {},
        readonly: rest.readonly || device === 'cdrom',
      };
    },
    write(value, to, mode) {
      const { driverName: name, driverType: type, cache, driverAttributes, target, bus, targetAttributes } = value;
      head.write({ ...value, type: value.volume === null ? value.type : 'volume' }, to, mode);
      writeSource(value, to);
      const how = { name, type, cache, attributes: driverAttributes };
      const said = name !== null || type !== null || cache !== null || Object.keys(driverAttributes).length > 0;
      const destination = { dev: target, bus, attributes: targetAttributes };
      body.write({ ...value, driver: said ? how : null, target: destination }, to, mode);
    },
  },
  order,
);

/** Nothing of a read-only disk is saved: saying so is left out. */
function withoutSnapshot({ snapshot, ...others }: Record<string, string>): Record<string, string> {
  return snapshot === undefined || snapshot === 'no' ? others : { ...others, snapshot };
}
