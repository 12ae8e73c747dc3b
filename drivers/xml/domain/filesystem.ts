import { ErrorCode, ErrorDomain } from '../../contract/constants.ts';
import { LibvirtError } from '../../contract/error.ts';
import { attribute, attributes } from '../describe/attribute.ts';
import { child, flag } from '../describe/element.ts';
import { foreign } from '../describe/foreign.ts';
import { draft, mapped, orElse, ordered, record, type Part } from '../describe/part.ts';
import { byteCount } from '../describe/size.ts';
import { invalidValue, oneOf, parseUnsigned, string } from '../describe/text.ts';
import { attributeOf, childOf, type XmlElement } from '../tree.ts';
import { toBytes } from '../units.ts';
import type { FilesystemDevice } from './definition.ts';
import { normalPart, runningAlias } from './device-parts.ts';
import { unsupported, xmlError } from './errors.ts';
import { filesystemForms } from './forms.ts';

/** Which attribute of `<source>` holds a type's source. */
const sourceAttribute = { mount: 'dir', bind: 'dir', file: 'file', block: 'dev', template: 'name' } as const;

const types = ['mount', 'block', 'file', 'template', 'ram', 'bind', 'volume'] as const;
const drivers = ['path', 'handle', 'loop', 'nbd', 'ploop', 'virtiofs'] as const;

/** libvirt's names of image formats. */
export const imageFormats = 'raw dir bochs cloop dmg iso vpc vdi fat vhd ploop cow qcow qcow2 qed vmdk'.split(' ');

export const imageFormat = oneOf<string>(imageFormats, text => unsupported(`unknown driver format value '${text}'`));

/** What a document says of the source, whichever type it is of. */
type Source = Pick<FilesystemDevice, 'type' | 'source' | 'usage' | 'volume'>;

const head = record({
  type: orElse(attribute('type', oneOf(types)), 'mount'),
  accessmode: orElse(attribute('accessmode', oneOf(['passthrough', 'mapped', 'squash'])), 'passthrough'),
  attributes: mapped(
    attributes(['model', 'multidevs', 'fmode', 'dmode']),
    (values, from) => ({ ...values, ...octalModes(values, from) }),
    values => values,
  ),
});

function octalModes(values: Record<string, string>, element: XmlElement): Record<string, string> {
  const modes: Record<string, string> = {};
  for (const name of ['fmode', 'dmode']) {
    const value = values[name];
    if (value === undefined) continue;
    if (!/^[0-7]{1,4}$/.test(value))
      throw invalidValue(value, { element, attribute: name }, ' Expected non-negative integer value');
    modes[name] = value.padStart(4, '0');
  }
  return modes;
}

const noSource = (target: string): LibvirtError => {
  const text = `missing source information for device ${target}`;
  return new LibvirtError(ErrorCode.NO_SOURCE, ErrorDomain.DOMAIN, text, {
    str1: 'missing source information for device %s',
    str2: target,
  });
};

const noTarget = (source: string | null): LibvirtError => {
  const text = `missing target information for device${source === null ? '' : ` ${source}`}`;
  return new LibvirtError(ErrorCode.NO_TARGET, ErrorDomain.DOMAIN, text, {
    str1: 'missing target information for device %s',
  });
};

function readSource(from: XmlElement, type: Source['type'], target: string): Source {
  const element = childOf(from, 'source') ?? draft('source');
  if (type === 'ram') return { type, source: null, usage: readUsage(element), volume: null };
  if (type === 'volume') {
    const pool = attributeOf(element, 'pool');
    const volume = attributeOf(element, 'volume');
    if (pool === null || volume === null)
      throw xmlError("'pool' and 'volume' must be specified together for 'pool' type source");
    return { type, source: null, usage: null, volume: { pool, volume } };
  }
  const source = attributeOf(element, sourceAttribute[type]);
  if (source === null) throw noSource(target);
  return { type, source, usage: null, volume: null };
}

/** KiB, rounded down. */
function readUsage(element: XmlElement): bigint {
  const text = attributeOf(element, 'usage');
  if (text === null) throw xmlError("missing 'usage' attribute for RAM filesystem");
  const value = parseUnsigned(text);
  if (value === null) throw xmlError(`cannot parse usage '${text}' for RAM filesystem`);
  return toBytes(value, attributeOf(element, 'units'), 'KiB') / 1024n;
}

/** Where a volume lies is not part of the document. */
function writeSource({ type, source, usage, volume }: Source, to: XmlElement & { children: unknown[] }): void {
  const element = draft('source');
  if (usage !== null) element.attributes.push({ name: 'usage', value: String(usage) }, { name: 'units', value: 'KiB' });
  if (volume !== null)
    element.attributes.push({ name: 'pool', value: volume.pool }, { name: 'volume', value: volume.volume });
  else if (source !== null && type !== 'ram' && type !== 'volume')
    element.attributes.push({ name: sourceAttribute[type], value: source });
  to.children.push(element);
}

const driver = record({
  type: attribute('type', oneOf(drivers)),
  format: attribute('format', imageFormat),
  wrpolicy: attribute('wrpolicy', oneOf(['immediate'])),
  attributes: attributes(['queue', 'iommu', 'ats', 'packed', 'page_per_vq']),
});

/** A driver that names neither itself nor the image's format says nothing: the format alone chooses a driver. */
const driverElement = mapped(child('driver', driver), named, named);

function named<T extends { type: unknown; format: unknown }>(value: T | null): T | null {
  return value === null || (value.type === null && value.format === null) ? null : value;
}

const body = record({
  driver: driverElement,
  target: child('target', record({ dir: attribute('dir', string) })),
  readonly: flag('readonly'),
  spaceHardLimit: byteCount('space_hard_limit'),
  spaceSoftLimit: byteCount('space_soft_limit'),
  alias: runningAlias,
  foreign: foreign(filesystemForms, normalPart),
});

const order = [
  'driver',
  'binary',
  'source',
  'target',
  'readonly',
  'space_hard_limit',
  'space_soft_limit',
  'alias',
  'address',
];

/** `<filesystem>` */
export const filesystem: Part<FilesystemDevice> = ordered(
  {
    read(from, mode) {
      const { type, accessmode, attributes: echoed } = head.read(from, mode);
      const { driver: how, target: to, ...rest } = body.read(from, mode);
      const target = to?.dir ?? '';
      const source = readSource(from, type, target);
      if (target === '') throw noTarget(source.source);
      return {
        ...source,
        accessmode,
        attributes: echoed,
        driverType: how?.type ?? null,
        driverFormat: how?.format ?? null,
        wrpolicy: how?.wrpolicy ?? null,
        driverAttributes: how?.attributes ?? {},
        target,
        ...rest,
        foreign: rest.foreign.filter(({ name }) => name !== 'binary' || how?.type === 'virtiofs'),
      };
    },
    write(value, to, mode) {
      const {
        type,
        volume,
        accessmode,
        attributes: echoed,
        driverType,
        driverFormat,
        wrpolicy,
        driverAttributes,
        target,
      } = value;
      head.write({ type: volume === null ? type : 'volume', accessmode, attributes: echoed }, to, mode);
      writeSource(value, to);
      const how = { type: driverType, format: driverFormat, wrpolicy, attributes: driverAttributes };
      body.write({ ...value, driver: how, target: { dir: target } }, to, mode);
    },
  },
  order,
);
