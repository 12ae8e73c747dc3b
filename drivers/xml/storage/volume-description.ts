import { attribute } from '../describe/attribute.ts';
import { child, group, textChild } from '../describe/element.ts';
import { mapped, orElse, record, required, type Part } from '../describe/part.ts';
import { oneOf, string, type Text } from '../describe/text.ts';
import { childOf, isElement, xmlElement, type XmlElement } from '../tree.ts';
import { unsupported, xmlError } from './errors.ts';
import {
  volumeFeatures,
  type BackingStore,
  type VolumeDefinition,
  type VolumeExtent,
  type VolumeFeature,
  type VolumeTarget,
} from './volume-definition.ts';
import { encryption } from './volume-encryption.ts';
import type { VolumeFormats } from './volume-formats.ts';
import { permissions, timestamps } from './volume-permissions.ts';
import { volumeSize } from './volume-sizes.ts';

const type = orElse(
  attribute(
    'type',
    oneOf(['file', 'block', 'dir', 'network', 'netdir', 'ploop'], text => unsupported(`unknown volume type '${text}'`)),
  ),
  'file',
);

const compat: Text<string> = {
  parse(text) {
    if (!/^[0-9]+\.[0-9]+$/.test(text)) throw xmlError("forbidden characters in 'compat' attribute");
    return text;
  },
  format: value => value,
};

const isFeature = (name: string): name is VolumeFeature => volumeFeatures.some(known => known === name);

const features: Part<readonly VolumeFeature[] | null> = {
  read(from) {
    const element = childOf(from, 'features');
    if (element === null) return null;
    const asked = element.children.filter(isElement).map(({ name }) => name);
    const unknown = asked.find(name => !isFeature(name));
    if (unknown !== undefined) throw unsupported(`unsupported feature ${unknown}`);
    return volumeFeatures.filter(name => asked.includes(name));
  },
  write(value, to) {
    if (value !== null)
      to.children.push(
        xmlElement(
          'features',
          {},
          value.map(name => xmlElement(name)),
        ),
      );
  },
};

/** One of the formats, whatever it is that is being described. */
const format = ({ names, fallback }: VolumeFormats): Part<string | null> =>
  mapped(
    group(
      'format',
      record({
        type: attribute(
          'type',
          oneOf(names, text => unsupported(`unknown volume format type ${text}`)),
        ),
      }),
    ),
    value => value.type ?? fallback,
    value => ({ type: value }),
  );

const extent = ({ start, end }: VolumeExtent): XmlElement =>
  xmlElement('extent', { start: String(start), end: String(end) });

/** Told only: requests cannot ask for a place. */
const extents: Part<readonly VolumeExtent[]> = {
  read: () => [],
  write(value, to) {
    if (value.length === 0) return;
    const devices = [...new Set(value.map(({ device }) => device))];
    const parts = devices.map(device =>
      xmlElement('device', { path: device }, value.filter(one => one.device === device).map(extent)),
    );
    to.children.push(xmlElement('source', {}, parts));
  },
};

/** Features are of version 1.1: a request for some that names no version asks for it. */
const versioned = (target: VolumeTarget): VolumeTarget =>
  target.features === null || target.compat !== null ? target : { ...target, compat: '1.1' };

const target = (formats: VolumeFormats): Part<VolumeTarget> =>
  mapped(
    group(
      'target',
      record<VolumeTarget>({
        path: textChild('path', string),
        format: format(formats),
        permissions: child('permissions', permissions),
        timestamps,
        encryption: child('encryption', encryption),
        compat: textChild('compat', compat),
        clusterSize: volumeSize('clusterSize', 'B'),
        features,
        nocow: { read: from => childOf(from, 'nocow') !== null, write() {} },
      }),
    ),
    versioned,
    value => value,
  );

/** One without a path says that there is none. */
const backingStore = (formats: VolumeFormats): Part<BackingStore | null> => {
  const part = child(
    'backingStore',
    record({
      path: textChild('path', string),
      format: format(formats),
      permissions: child('permissions', permissions),
      timestamps,
    }),
  );
  return mapped(
    part,
    value => (value?.path == null ? null : { ...value, path: value.path, format: value.format ?? formats.fallback }),
    value => value,
  );
};

/** `<volume>` of a pool whose volumes have these formats: the one description by which it is read and written. */
export const volume = (formats: VolumeFormats): Part<VolumeDefinition> =>
  record<VolumeDefinition>({
    type,
    name: required(textChild('name', string), () => xmlError('missing volume name element')),
    key: textChild('key', string),
    extents,
    capacity: volumeSize('capacity'),
    allocation: volumeSize('allocation'),
    physical: volumeSize('physical'),
    target: target(formats),
    backingStore: backingStore(formats),
  });
