import { existsSync } from 'node:fs';
import { errors } from '../../contract/error.ts';
import { NamespaceKind, type Plan } from '../../../native/plan/plan.ts';
import type { DomainDefinition, SharedNamespace } from '../../xml/domain/definition.ts';

export interface PlannedNamespaces {
  readonly namespaces: readonly NamespaceKind[];
  readonly join: Plan['join'];
  /** Whether the container has a network of its own, that nobody else made. */
  readonly ownNetwork: boolean;
}

const kinds = { sharenet: 'net', shareipc: 'ipc', shareuts: 'uts' } as const;

/** The pid of a domain's init, by the domain's name; throws noDomain, or operationInvalid when it does not run. */
export type FindInit = (name: string) => number;

/** A container has a network of its own as soon as it has anything to put there, or asks to be alone. */
export function needsOwnNetwork({ devices, features }: DomainDefinition): boolean {
  return (
    features.privnet ||
    devices.interfaces.length > 0 ||
    devices.hostdevs.some(({ mode, type }) => mode === 'capabilities' && type === 'net')
  );
}

export function planNamespaces(definition: DomainDefinition, findInit: FindInit): PlannedNamespaces {
  const join = definition.namespaces
    .filter(({ type }) => type !== 'none')
    .map(shared => ({ kind: kinds[shared.kind], path: namespacePath(shared, findInit) }));
  const joined = new Set<string>(join.map(({ kind }) => kind));
  const ownNetwork = needsOwnNetwork(definition);
  if (ownNetwork && joined.has('net'))
    throw errors.configUnsupported('Config asks for inherit net namespace as well as private network interfaces');
  const wanted: [NamespaceKind, boolean][] = [
    [NamespaceKind.MOUNT, true],
    [NamespaceKind.PID, true],
    [NamespaceKind.CGROUP, true],
    [NamespaceKind.UTS, !joined.has('uts')],
    [NamespaceKind.IPC, !joined.has('ipc')],
    [NamespaceKind.USER, definition.idmap.uid.length > 0],
    [NamespaceKind.NET, ownNetwork],
  ];
  return { namespaces: wanted.filter(([, needed]) => needed).map(([kind]) => kind), join, ownNetwork };
}

function namespacePath({ kind, type, value }: SharedNamespace, findInit: FindInit): string {
  const name = value ?? '';
  if (type === 'netns') {
    if (kind !== 'sharenet') throw errors.configUnsupported("'netns' namespace source can only be used with sharenet");
    return existing(`/run/netns/${plainName(name)}`, `netns ${name}`);
  }
  const pid = type === 'name' ? String(findInit(name)) : plainName(name);
  return existing(`/proc/${pid}/ns/${kinds[kind]}`, `ns ${kind}`);
}

function existing(path: string, what: string): string {
  if (!existsSync(path)) throw errors.systemError(`failed to open ${what}: No such file or directory`);
  return path;
}

/** A name that stays in its directory. */
function plainName(name: string): string {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0'))
    throw errors.configUnsupported(`'${name}' does not name a namespace`);
  return name;
}
