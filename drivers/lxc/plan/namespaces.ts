import { closeSync, openSync } from 'node:fs';
import { errors } from '../../contract/error.ts';
import type { Container } from '../../../native/launch/container.ts';
import { openNamespaces } from '../../../native/launch/namespaces.ts';
import { NamespaceKind, type Plan } from '../../../native/plan/plan.ts';
import type { DomainDefinition, SharedNamespace } from '../../xml/domain/definition.ts';

export interface PlannedNamespaces {
  readonly namespaces: readonly NamespaceKind[];
  readonly join: Plan['join'];
  /** Whether the container has a network of its own, that nobody else made. */
  readonly ownNetwork: boolean;
}

const kinds = { sharenet: 'net', shareipc: 'ipc', shareuts: 'uts' } as const;

/** A domain's processes, by its name; throws noDomain, or operationInvalid when it does not run. */
export type FindInit = (name: string) => Pick<Container, 'controllerPid' | 'initPid'>;

/** A container has a network of its own as soon as it has anything to put there, or asks to be alone. */
export function needsOwnNetwork({ devices, features }: DomainDefinition): boolean {
  return (
    features.privnet ||
    devices.interfaces.length > 0 ||
    devices.hostdevs.some(({ mode, type }) => mode === 'capabilities' && type === 'net')
  );
}

/**
 * The namespaces of others are opened here and now, and closed with `held`: the controller reaches them by what this
 * process has open, so that a pid that gets to somebody else meanwhile leads nowhere.
 */
export function planNamespaces(
  definition: DomainDefinition,
  findInit: FindInit,
  held: DisposableStack,
): PlannedNamespaces {
  const join = definition.namespaces
    .filter(({ type }) => type !== 'none')
    .map(shared => {
      const fd = held.adopt(openShared(shared, findInit), closeSync);
      return { kind: kinds[shared.kind], path: `/proc/${process.pid}/fd/${fd}` };
    });
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

function openShared({ kind, type, value }: SharedNamespace, findInit: FindInit): number {
  const name = value ?? '';
  if (type === 'netns') {
    if (kind !== 'sharenet') throw errors.configUnsupported("'netns' namespace source can only be used with sharenet");
    const path = `/run/netns/${plainName(name)}`;
    return opened(`netns ${name}`, () => openSync(path, 'r'));
  }
  const file = kinds[kind];
  if (type === 'name') {
    const init = findInit(name);
    return opened(`ns ${file}`, () => openNamespaces(init, [file])[0] ?? -1);
  }
  const path = `/proc/${plainName(name)}/ns/${file}`;
  return opened(`ns ${file}`, () => openSync(path, 'r'));
}

function opened(what: string, open: () => number): number {
  try {
    return open();
  } catch (error) {
    throw errors.systemError(`failed to open ${what}: No such file or directory`, undefined, { cause: error });
  }
}

/** A name that stays in its directory. */
function plainName(name: string): string {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0'))
    throw errors.configUnsupported(`'${name}' does not name a namespace`);
  return name;
}
