import { readFileSync } from 'node:fs';
import { openCgroup } from '../../../native/cgroup/create.ts';
import { cgroupPath } from '../../../native/cgroup/path.ts';
import { adopt } from '../../../native/launch/launch.ts';
import { setLinkDown } from '../../../native/network/links.ts';
import { withAliases } from '../devices/aliases.ts';
import { DeviceTable } from '../devices/device-table.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { reclaimPorts, releasePorts } from '../network/network-port.ts';
import { plugOf } from '../network/plug.ts';
import { claimed, newDomain } from '../operations/claim.ts';
import { standardDevices } from '../plan/devices.ts';
import { hasHostEnd } from '../plan/links.ts';
import { withdrawLabel } from '../security/withdraw-label.ts';
import { destroyDomain } from '../stop/destroy.ts';
import { watchEnd } from '../stop/ended.ts';
import { removeLeftCgroup } from '../stop/left-cgroup.ts';
import { endingHooks } from '../stop/ending-hooks.ts';
import { shutOff } from '../stop/leave.ts';
import { judge } from '../stop/verdict.ts';
import { stateOf } from '../store/status-names.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import { formatDomain } from '../../xml/domain/format.ts';
import type { DomainStatus } from '../../xml/domain/status.ts';
import { withVolumesPlaced } from '../volumes/placed-volumes.ts';
import { ContainerProcess } from './container-process.ts';
import { frozenFromText } from './frozen-file-systems.ts';
import { isGone, removeLeftBehind } from './left-behind.ts';
import { AUTODESTROY_NOTE, CGROUP_NOTE, DEVICES_NOTE, FROZEN_NOTE, saveStatus } from './status.ts';

/** Takes over the containers that an earlier daemon left running, and cleans up after those that have ended since. */
export async function adoptDomains(context: LxcContext): Promise<void> {
  const statuses = await context.store.statuses.load();
  await Promise.all(statuses.map(status => adoptOrForget(context, status)));
  await releaseOtherPorts(context, statuses);
  await removeLeftBehind(context);
  removeLeftovers(context);
}

/** Ports that were allocated when their daemon ended, before anything on disk told of them. */
async function releaseOtherPorts({ networks, log }: LxcContext, statuses: readonly DomainStatus[]): Promise<void> {
  const interfaces = statuses.flatMap(({ definition }) => definition.devices.interfaces);
  const used = new Set(interfaces.flatMap(({ portId }) => portId ?? []));
  await networks
    ?.releaseAllBut(used)
    .catch((error: unknown) => log.warn({ error }, 'Ports of networks are left behind'));
}

/** Of starts that ended with their daemon, before there was a container: empty cgroups. */
function removeLeftovers({ domains, host, log, paths }: LxcContext): void {
  for (const { definition, name, running } of domains.all()) {
    if (running !== null) continue;
    try {
      openCgroup(host.hierarchies, pathOf(paths, definition))?.remove();
    } catch (error) {
      log.warn({ domain: name, error }, 'A cgroup is left behind');
    }
  }
}

function pathOf({ cgroupParent }: LxcContext['paths'], { name, uuid, partition }: DomainDefinition): string {
  return cgroupPath({ parent: cgroupParent, partition, uuid, name });
}

async function adoptOrForget(context: LxcContext, status: DomainStatus): Promise<void> {
  const { definition } = status;
  const { domains, log } = context;
  try {
    if (isForeign(status.controllerPid)) {
      log.warn(
        { domain: definition.name, pid: status.controllerPid },
        "A domain is passed over: libvirt's own controller runs it",
      );
      return;
    }
    const domain = claimed(domains, definition) ?? addTransient(context, definition);
    const process = await findProcess(context, domain, status);
    if (process === null) return await forget(context, domain, status);
    await takeOver(context, domain, process, status);
    // Its client went with the daemon that it talked to.
    if (status.notes[AUTODESTROY_NOTE] !== undefined) await destroyDomain(context, domain);
  } catch (error) {
    log.error({ domain: definition.name, error }, 'A running domain could not be taken over');
  }
}

/** A host that switches over to this daemon may have containers running that its controllers do not know. */
function isForeign(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'latin1').startsWith('libvirt_lxc');
  } catch {
    return false;
  }
}

function addTransient({ domains }: LxcContext, definition: DomainDefinition): LxcDomain {
  const domain = newDomain(definition, false);
  domains.add(domain);
  return domain;
}

/** Null when its controller is gone, or its cgroup. Throws when the controller is there but cannot be reached. */
async function findProcess(
  context: LxcContext,
  domain: LxcDomain,
  { definition: live, notes }: DomainStatus,
): Promise<ContainerProcess | null> {
  const { files, host, log, paths } = context;
  const { name } = live;
  const cgroup = openCgroup(host.hierarchies, notes[CGROUP_NOTE] ?? pathOf(paths, live));
  if (cgroup === null) return null;
  try {
    const container = await adopt(files.socket(name));
    // Its daemon ended in the middle of the start.
    if (!container.running) {
      container.kill();
      return null;
    }
    const process = new ContainerProcess(container, cgroup, live, null);
    process.hostInterfaces = live.devices.interfaces.map(device =>
      hasHostEnd(plugOf(device)) ? device.targetDev : null,
    );
    return process;
  } catch (error) {
    if (!isGone(error)) throw error;
    log.info({ domain: name, error }, 'The controller of a domain is gone');
    await removeLeftCgroup(context, name, cgroup);
    return null;
  }
}

/** Without its pool a volume's container goes on; only what asks for the volume's place fails. */
async function volumesFoundAgain(
  { log, volumes }: LxcContext,
  definition: DomainDefinition,
): Promise<DomainDefinition> {
  try {
    return await withVolumesPlaced(volumes, definition);
  } catch (error) {
    log.warn({ domain: definition.name, error }, 'The volumes of a running domain cannot be found');
    return definition;
  }
}

async function takeOver(
  context: LxcContext,
  domain: LxcDomain,
  process: ContainerProcess,
  { definition, state, reason, notes }: DomainStatus,
): Promise<void> {
  process.frozen = frozenFromText(notes[FROZEN_NOTE] ?? '');
  process.devices = DeviceTable.fromText(standardDevices(definition), notes[DEVICES_NOTE] ?? '');
  domain.nextDefinition = domain.persistent ? domain.definition : null;
  const placed = await volumesFoundAgain(context, definition);
  domain.definition = withAliases(await reclaimPorts(context.networks, placed, context.log));
  Object.assign(domain, stateOf({ state, reason }));
  context.processes.attach(domain, process);
  context.security.keep(definition);
  await filterAgain(context, process, definition);
  const id = process.controllerPid;
  const never = new AbortController().signal;
  try {
    await context.hooks.run('reconnect', domain.name, () => formatDomain(definition, { id }), never);
  } catch (error) {
    context.log.warn({ domain: domain.name, error }, 'A hook script failed');
  }
  await saveStatus(context, domain);
  watchEnd(context, domain, process);
}

/** A filter that is at work is left alone. An interface that cannot be filtered as it should be is taken down. */
async function filterAgain(
  { links, log }: LxcContext,
  { hostInterfaces }: ContainerProcess,
  definition: DomainDefinition,
): Promise<void> {
  for (const [index, device] of definition.devices.interfaces.entries()) {
    const hostName = hostInterfaces[index] ?? null;
    if (hostName === null || device.filterref === null) continue;
    try {
      await links.filter(device, hostName, definition);
    } catch (error) {
      log.error({ domain: definition.name, link: hostName, error }, 'An interface is taken down: it is not filtered');
      await setLinkDown(hostName).catch(() => undefined);
    }
  }
}

/** It ended while no daemon was there to tell; its controller has written how, unless it was killed. */
async function forget(context: LxcContext, domain: LxcDomain, { definition }: DomainStatus): Promise<void> {
  const outcome = context.store.storedOutcome(domain.name) ?? { how: 'lost' };
  await withdrawLabel(context, domain.name, definition);
  await releasePorts(context.networks, definition.devices.interfaces);
  context.links
    .takeBack(definition.devices.interfaces)
    .catch((error: unknown) => context.log.warn({ domain: domain.name, error }, 'A device is left behind'));
  await endingHooks(context, definition, null, new AbortController().signal);
  await context.store.removeRuntime(domain.name);
  shutOff(context, domain, judge(outcome, null, definition).reason);
}
