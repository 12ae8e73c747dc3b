import { randomUUID } from 'node:crypto';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { attribute, requiredAttribute } from '../describe/attribute.ts';
import { child, group, textChild } from '../describe/element.ts';
import { draft, mapped, record, type Draft, type Mode } from '../describe/part.ts';
import { oneOf, string, yesNo } from '../describe/text.ts';
import { uuidOr } from '../describe/uuid.ts';
import { childOf, xmlElement, type XmlElement } from '../tree.ts';
import { unsupported, xmlError } from './errors.ts';
import {
  poolTypes,
  type PoolDefinition,
  type PoolFigures,
  type PoolSource,
  type PoolTarget,
} from './pool-definition.ts';
import { options } from './pool-options.ts';
import { source } from './pool-source.ts';
import { poolTypeForms, type PoolTypeForm } from './pool-types.ts';
import { sanitizedPath } from './sanitized-path.ts';
import { permissions } from './volume-permissions.ts';

const type = requiredAttribute('type', oneOf(poolTypes));
const uuid = textChild(
  'uuid',
  uuidOr(() => xmlError('malformed uuid element')),
);
const nameElement = textChild('name', string);

const cow = group('features', {
  read: (from, mode) => cowElement.read(from, mode)?.state ?? null,
  write: (value: boolean | null, to, mode) => cowElement.write(value === null ? null : { state: value }, to, mode),
});
const cowElement = child('cow', record({ state: attribute('state', yesNo) }));

const allocations = ['default', 'capacity'] as const;
const refresh = group(
  'refresh',
  mapped(
    child(
      'volume',
      record({
        allocation: attribute(
          'allocation',
          oneOf(allocations, text => unsupported(`unknown storage pool volume refresh allocation type ${text}`)),
        ),
      }),
    ),
    value => value?.allocation ?? null,
    value => (value === null ? null : { allocation: value }),
  ),
);

/** A name is that of files; of a volume group's pool it may be the group's. */
function readName(from: XmlElement, form: PoolTypeForm, sourceName: string | null, mode: Mode): string {
  const name = nameElement.read(from, mode) ?? (form.source.includes('name') ? sourceName : null);
  if (name === null) throw xmlError('missing pool source name element');
  if (name.includes('/')) throw xmlError(`name ${name} cannot contain '/'`);
  if (name.includes('\n')) throw errors.xmlDetail(`invalid char in name: \n`, ErrorDomain.XML);
  return name;
}

/** What the source must have, and what it has unless it says otherwise. */
function completeSource(read: PoolSource, form: PoolTypeForm, pool: { type: string; name: string }): PoolSource {
  const has = (part: PoolTypeForm['source'][number]): boolean => form.source.includes(part);
  const directory = read.directory ?? (pool.type === 'gluster' ? '/' : null);
  if (has('host') && read.hosts.length === 0) throw xmlError('missing storage pool source host name');
  if (has('dir') && directory === null) throw xmlError('missing storage pool source path');
  if (has('adapter') && read.adapter === null) throw xmlError('missing storage pool source adapter');
  if (has('device') && form.source.length === 1 && read.devices.length === 0)
    throw xmlError('missing storage pool source device name');
  if (pool.type === 'iscsi-direct' && read.initiator === null) throw unsupported('missing initiator IQN');
  if (pool.type === 'netfs' && read.protocolVersion !== null && read.format !== 'nfs')
    throw unsupported(`storage pool protocol ver unsupported for pool type '${read.format}'`);
  return { ...read, directory, name: read.name ?? (has('name') ? pool.name : null) };
}

const targetPath = textChild('path', string);

function readTarget(from: XmlElement, form: PoolTypeForm, sourceName: string | null, mode: Mode): PoolTarget | null {
  if (form.target === null) return null;
  const element = childOf(from, 'target');
  const given = element === null ? null : targetPath.read(element, mode);
  const path = form.target === 'path' ? given : `${form.target}${sourceName}`;
  if (path === null) throw xmlError('missing storage pool target path');
  return { path: sanitizedPath(path), permissions: element === null ? null : ownPermissions.read(element, mode) };
}

/** One that says nothing is none. */
const ownPermissions = mapped(
  child('permissions', permissions),
  value => (value === null || Object.values(value).every(part => part === null) ? null : value),
  value => value,
);

function writeTarget({ path, permissions: rights }: PoolTarget, to: Draft, mode: Mode): void {
  const element = draft('target');
  targetPath.write(path, element, mode);
  ownPermissions.write(rights, element, mode);
  to.children.push(element);
}

export function readPool(root: XmlElement, mode: Mode): PoolDefinition {
  const kind = type.read(root, mode);
  const form = poolTypeForms[kind];
  const read = source(form).read(root, mode);
  const name = readName(root, form, read.name, mode);
  const id = uuid.read(root, mode) ?? randomUUID();
  const complete = completeSource(read, form, { type: kind, name });
  return {
    type: kind,
    name,
    uuid: id,
    source: complete,
    target: readTarget(root, form, complete.name, mode),
    cow: cow.read(root, mode),
    refreshAllocation: refresh.read(root, mode),
    options: options(kind).read(root, mode),
  };
}

export function writePool(definition: PoolDefinition, figures: PoolFigures, to: Draft, mode: Mode): void {
  const form = poolTypeForms[definition.type];
  type.write(definition.type, to, mode);
  nameElement.write(definition.name, to, mode);
  uuid.write(definition.uuid, to, mode);
  for (const figure of ['capacity', 'allocation', 'available'] as const)
    to.children.push(xmlElement(figure, { unit: 'bytes' }, [String(figures[figure])]));
  cow.write(definition.cow, to, mode);
  source(form).write(definition.source, to, mode);
  if (definition.target !== null) writeTarget(definition.target, to, mode);
  refresh.write(definition.refreshAllocation, to, mode);
  options(definition.type).write(definition.options, to, mode);
}
