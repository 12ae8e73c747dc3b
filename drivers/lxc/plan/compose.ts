import type { Init, Operation, Plan } from '../../../native/plan/plan.ts';
import type { Cgroup } from '../../../native/cgroup/cgroup.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import { guestSettings } from '../../xml/domain/guest-settings.ts';
import type { Hierarchies } from '../../../native/cgroup/hierarchies.ts';
import { cgroupMounts } from './cgroup-mounts.ts';
import { devOperations } from './dev.ts';
import { planDevices, type PlannedDevices } from './devices.ts';
import { filesystemOperations, LoopTable, rootFilesystem, rootMount } from './filesystems.ts';
import { guestFiles } from './guest-files.ts';
import { identityOf, type Identity } from './identity.ts';
import { hostnameFor, initProgram } from './init-program.ts';
import { initRights, type RightsOfHost } from './init-rights.ts';
import { linkOperations } from './links.ts';
import { planNamespaces, type FindInit, type PlannedNamespaces } from './namespaces.ts';
import { placementOperations } from './placement.ts';
import { readOnlyRoot } from './read-only-root.ts';
import { procFileOperations, type ProcFile } from './proc-files.ts';
import { memoryView, procMounts, protectedPaths, sysMounts } from './standard-mounts.ts';

/** What containers need to know of their host; read once. */
export interface HostFacts extends RightsOfHost {
  readonly hierarchies: Hierarchies;
}

export interface PlanFiles {
  readonly socket: string;
  readonly pidFile: string;
  readonly outcomeFile: string;
  readonly rootMountPoint: string;
}

export interface PlanRequest {
  readonly definition: DomainDefinition;
  readonly host: HostFacts;
  readonly files: PlanFiles;
  readonly cgroup: Cgroup;
  readonly label: Init['label'];
  readonly findInit: FindInit;
  /** What must stay open until the container is there. */
  readonly held: DisposableStack;
  /** Seen in place of what the kernel shows in /proc. */
  readonly procFiles: readonly ProcFile[];
}

export interface ComposedPlan {
  readonly plan: Plan;
  readonly devices: PlannedDevices;
  /** The names of the devices that the plan's loops are for. */
  readonly loopOwners: readonly (string | null)[];
  readonly identity: Identity;
  readonly ownNetwork: boolean;
}

const awaitGo: Operation = { do: 'await-go' };

/**
 * All that makes a container out of its definition. Looks at the host's files and devices but changes nothing; throws
 * LibvirtError for what the definition asks and the host or this driver has not.
 */
export function composePlan(request: PlanRequest): ComposedPlan {
  const { definition, host, files, cgroup, procFiles } = request;
  const { filesystems, consoles } = definition.devices;
  const identity = identityOf(definition);
  const network = planNamespaces(definition, request.findInit, request.held);
  const loops = new LoopTable();
  const devices = planDevices(definition, identity, loops);
  const ownRoot = rootFilesystem(filesystems);
  const readOnly = ownRoot?.readonly === true;
  const root = rootMount(ownRoot, loops);
  const settings = guestSettings(definition);
  const guest = guestFiles(settings, identity, ownRoot === undefined);
  const operations: Operation[] = [
    // Until their numbers are known and allowed, device rules are in motion: init must not open anything meanwhile.
    ...(loops.loops.length > 0 ? [awaitGo] : []),
    ...procMounts(network.ownNetwork),
    ...sysMounts(network.ownNetwork, identity.mapped),
    ...cgroupMounts(host.hierarchies, definition),
    ...(identity.mapped ? [] : protectedPaths()),
    ...procFileOperations(procFiles),
    ...devOperations(consoles.length, [...devices.nodes, ...guest.entries], identity),
    ...filesystemOperations(filesystems, readOnly, loops),
    ...guest.operations,
    ...hostnameOperations(settings.hostname ?? hostnameFor(definition.name), network),
    ...placementOperations(definition, cgroup.has('cpuset')),
    awaitGo,
    ...(network.ownNetwork ? linkOperations(definition) : []),
  ];
  const plan: Plan = {
    name: definition.name,
    ...files,
    namespaces: network.namespaces,
    join: network.join,
    uidMap: identity.uidMap,
    gidMap: identity.gidMap,
    taskFiles: cgroup.entry.taskFiles,
    unifiedDirectory: cgroup.entry.unifiedDirectory,
    cgroupDirectories: cgroup.directories,
    loops: loops.loops,
    root: readOnly ? readOnlyRoot(root, filesystems, identity) : root,
    operations,
    memoryView: procFiles.some(({ name }) => name === 'meminfo') ? null : memoryView(cgroup),
    init: initProgram(definition, initRights(definition, host, request.label)),
  };
  return { plan, devices, loopOwners: loops.owners, identity, ownNetwork: network.ownNetwork };
}

function hostnameOperations(hostname: string, { namespaces }: PlannedNamespaces): Operation[] {
  return namespaces.includes('uts') && hostname !== '' ? [{ do: 'hostname', name: hostname }] : [];
}
