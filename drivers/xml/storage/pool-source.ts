import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { attribute } from '../describe/attribute.ts';
import { child, children, textChild } from '../describe/element.ts';
import { absent, draft, mapped, record, required, type Part } from '../describe/part.ts';
import { invalidValue, oneOf, parseSigned, string, yesNo, type Text } from '../describe/text.ts';
import { childOf, xmlElement } from '../tree.ts';
import { sanitizedPath } from './sanitized-path.ts';
import { adapter } from './pool-adapter.ts';
import { auth } from './pool-auth.ts';
import type { FreeExtent, PoolSource, PoolSourceDevice } from './pool-definition.ts';
import type { PoolTypeForm, SourcePart } from './pool-types.ts';
import { unsupported, xmlError } from './errors.ts';

const port: Text<number> = {
  parse(text, place) {
    const value = parseSigned(text);
    if (value === null || value !== BigInt.asIntN(32, value))
      throw invalidValue(text, place, ' Expected integer value');
    return Number(value);
  },
  format: String,
};

const host = record({
  name: required(attribute('name', string), () => xmlError('missing storage pool host name')),
  port: mapped(
    attribute('port', port),
    value => value ?? 0,
    value => (value === 0 ? null : value),
  ),
});

/** Told only. */
const freeExtents: Part<readonly FreeExtent[]> = {
  read: () => [],
  write(value, to) {
    for (const { start, end } of value)
      to.children.push(xmlElement('freeExtent', { start: String(start), end: String(end) }));
  },
};

const device: Part<PoolSourceDevice> = record({
  path: required(attribute('path', string), () => xmlError('missing storage pool source device path')),
  partSeparator: attribute('part_separator', yesNo),
  freeExtents,
});

const sanitized: Text<string> = { parse: sanitizedPath, format: value => value };

/** An attribute of a child that has nothing else. */
const named = <T>(element: string, name: string, text: Text<T>): Part<T | null> =>
  mapped(
    child(element, record({ value: attribute(name, text) })),
    found => found?.value ?? null,
    value => (value === null ? null : { value }),
  );

const protocolVersion: Text<string> = {
  parse(text) {
    if (text.includes(','))
      throw errors.xmlDetail(`storage pool protocol ver '${text}' must not contain ','`, ErrorDomain.STORAGE);
    return text;
  },
  format: value => value,
};

const format = ({ formats }: PoolTypeForm): Part<string | null> => {
  if (formats === null) return absent(null);
  const text = oneOf(formats.names, found => unsupported(`unknown pool format type ${found}`));
  return mapped(
    named('format', 'type', text),
    value => value ?? formats.fallback,
    value => value,
  );
};

/** A part that is read, for its mistakes, but not kept where the type has no use for it. */
const usedBy = <T>(form: PoolTypeForm, name: SourcePart, part: Part<T>, nothing: T): Part<T> =>
  mapped(
    part,
    value => (form.source.includes(name) ? value : nothing),
    value => value,
  );

const contents = (form: PoolTypeForm): Part<PoolSource> =>
  record<PoolSource>({
    hosts: usedBy(form, 'host', children('host', host), []),
    devices: usedBy(form, 'device', children('device', device), []),
    directory: usedBy(form, 'dir', named('dir', 'path', sanitized), null),
    adapter: usedBy(form, 'adapter', adapter, null),
    name: usedBy(form, 'name', textChild('name', string), null),
    initiator: usedBy(form, 'initiator', initiator, null),
    format: format(form),
    auth,
    protocolVersion: named('protocol', 'ver', protocolVersion),
    vendor: named('vendor', 'name', string),
    product: named('product', 'name', string),
  });

const iqn = named('iqn', 'name', string);

const initiator: Part<string | null> = {
  read(from, mode) {
    const element = childOf(from, 'initiator');
    return element === null ? null : iqn.read(element, mode);
  },
  write(value, to, mode) {
    if (value === null) return;
    const element = draft('initiator');
    iqn.write(value, element, mode);
    to.children.push(element);
  },
};

export const emptySource: PoolSource = {
  hosts: [],
  devices: [],
  directory: null,
  adapter: null,
  name: null,
  initiator: null,
  format: null,
  auth: null,
  protocolVersion: null,
  vendor: null,
  product: null,
};

/** Makes the writer open and close an element that has nothing in it, as libvirt does here. */
const nothing = { kind: 'comment', text: '' } as const;

/** `<source>` of a pool of that form; there is always one. */
export const source = (form: PoolTypeForm): Part<PoolSource> => {
  const part = contents(form);
  return {
    read: (from, mode) => part.read(childOf(from, 'source') ?? draft('source'), mode),
    write(value, to, mode) {
      const element = draft('source');
      part.write(value, element, mode);
      if (element.children.length === 0) element.children.push(nothing);
      to.children.push(element);
    },
  };
};
