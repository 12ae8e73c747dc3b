import { basename } from 'node:path';
import { DomainRunningReason, DomainShutoffReason, DomainState } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { Caller } from '../../contract/hypervisor.ts';
import type { Cgroup } from '../../../native/cgroup/cgroup.ts';
import { createCgroup } from '../../../native/cgroup/create.ts';
import { ControllerAhead } from '../../../native/launch/controller-ahead.ts';
import { launch } from '../../../native/launch/launch.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { countBlocks } from '../devices/count-blocks.ts';
import { startingDevices } from '../devices/starting-devices.ts';
import type { MachineScope } from '../machine/machines.ts';
import { composePlan, type ComposedPlan } from '../plan/compose.ts';
import { identityOf } from '../plan/identity.ts';
import { withMountOptions } from '../plan/security-label.ts';
import type { ProcFile } from '../plan/proc-files.ts';
import { startFailure } from '../plan/start-failure.ts';
import { ContainerProcess } from '../process/container-process.ts';
import { writeStatus } from '../process/status.ts';
import { destroyWithCaller } from '../stop/destroy.ts';
import { watchEnd } from '../stop/ended.ts';
import { endingHooks } from '../stop/ending-hooks.ts';
import { removeLeftCgroup } from '../stop/left-cgroup.ts';
import { attachedImages } from '../statistics/attached-images.ts';
import { throttleDisks } from '../tuning/disk-throttles.ts';
import { releasePorts, tellPlugged, withPorts } from '../network/network-port.ts';
import { pinController } from '../vcpu/pinning.ts';
import { withVolumesPlaced } from '../volumes/placed-volumes.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import { formatDomain } from '../../xml/domain/format.ts';
import { checkConsoles, checkDevices } from './check.ts';
import { clientError } from './client-error.ts';
import { domainLog, type DomainLog } from './domain-log.ts';
import { limitHostAddresses } from './host-addresses.ts';
import { applyLimits } from './limits.ts';
import { runningDefinition, startingDefinition } from './live-definition.ts';
import { UndoStack } from './undo-stack.ts';

/** Covered in init's own namespace while it changes root; there on every host, and open to every user. */
const ROOT_MOUNT_POINT = '/usr';

/** The socket is reached by "/proc/self/fd/99999/NAME.sock", and Linux takes 107 bytes as a socket's path. */
const SOCKET_NAME_LIMIT = 107 - '/proc/self/fd/99999/'.length;

export interface StartRequest {
  /** Handed to init as 3, 4, …; they stay the caller's to close. */
  readonly files: readonly number[];
  /** The client whose end is to be the domain's, or null. */
  readonly autodestroy: Caller | null;
}

/**
 * Starts a domain that does not run, inside its job; telling of it is the caller's. When it rejects, nothing of the
 * container is left and the domain is as before, shut off because of a failure.
 */
export async function startDomain(
  context: LxcContext,
  domain: LxcDomain,
  request: StartRequest,
  signal: AbortSignal,
): Promise<ContainerProcess> {
  checkConsoles(domain.definition);
  const { definition, nextDefinition } = domain;
  const { audit, processes } = context;
  using log = domainLog(context, domain.name);
  processes.starting.add(domain);
  try {
    const process = await start(context, domain, request, log, signal);
    audit.started(domain.definition, process);
    return process;
  } catch (error) {
    processes.detach(domain);
    Object.assign(domain, { definition, nextDefinition });
    domain.state = DomainState.SHUTOFF;
    domain.reason = DomainShutoffReason.FAILED;
    const told = clientError(signal.aborted ? signal.reason : error);
    log.failed(told);
    audit.notStarted(definition);
    throw told;
  } finally {
    processes.starting.delete(domain);
  }
}

/** Every step puts what undoes it on a stack, which is unwound when a later one fails. */
async function start(
  context: LxcContext,
  domain: LxcDomain,
  { files, autodestroy }: StartRequest,
  log: DomainLog,
  signal: AbortSignal,
): Promise<ContainerProcess> {
  const { hooks, machines, security } = context;
  using held = new DisposableStack();
  await using undo = new UndoStack(context.log);
  const starting = security.labelled(startingDefinition(domain.definition));
  const definition = await withPorts(context.networks, await withVolumesPlaced(context.volumes, starting));
  const xml = (): string => formatDomain(definition, {});

  undo.push('a port of a network', () => releasePorts(context.networks, definition.devices.interfaces));
  undo.push('a security label', () => security.withdraw(definition));
  undo.push('a file', () => context.store.removeRuntime(domain.name));
  undo.push('a hook script', () => endingHooks(context, definition, null, signal));
  await hooks.run('prepare', domain.name, xml, signal);
  checkDevices(definition);
  checkPartition(definition);
  using controller = new ControllerAhead(domain.name, { log: log.fd, pass: files });
  const scope = await machines.open(definition);
  undo.push('a unit', () => scope?.abandon());
  const cgroup = makeCgroup(context, definition, scope);
  undo.push('a cgroup', () => removeLeftCgroup(context, domain.name, cgroup));
  await scope?.enter();
  applyLimits(cgroup, definition);
  limitHostAddresses(definition, cgroup);
  undo.push('an image', () => context.images.detach(definition.name));
  const procFiles = await context.lxcfs.files();
  const composed = compose(context, await context.images.attach(definition, signal), cgroup, procFiles, held);
  cgroup.setDevices(startingDevices(composed, []).rules());
  await security.apply(definition);
  await hooks.run('start', domain.name, xml, signal);

  const plan = withMountOptions(composed.plan, security.mountOptions(definition));
  log.started(plan);
  const container = await launch(plan, controller, signal);
  const process = new ContainerProcess(container, cgroup, domain.definition, autodestroy);
  const kill = (): void => container.kill();
  undo.push('a container', () => endContainer(process));
  signal.addEventListener('abort', kill, { once: true });
  signal.throwIfAborted();
  // The numbers of loop devices are known once the controller has attached them; init waits for this.
  process.devices = startingDevices(composed, container.loops);
  if (container.loops.length > 0) cgroup.setDevices(process.devices.rules());
  throttleDisks(cgroup, definition, attachedImages(context.images, domain.name));
  pinController(definition, container.controllerPid);
  process.hostInterfaces = await context.links.connect(definition, container.initPid);
  undo.push('an interface', async () => {
    // Devices of the host come back when the container has ended, which is undone after this.
    context.links
      .takeBack(definition.devices.interfaces)
      .catch((error: unknown) => context.log.warn({ domain: domain.name, error }, 'A device is left behind'));
    await context.links.disconnect(process.hostInterfaces);
  });
  await tellPlugged(context.networks, definition.devices.interfaces, process.hostInterfaces);
  const live = runningDefinition(definition, container.consoles, process.hostInterfaces);
  // In this order: a container that runs without its status on disk would be lost to the next daemon.
  await Promise.all([
    writeStatus(context, process, { definition: live, ...booted }),
    countBlocks(context, process, process.devices.all()),
    container.run(),
    scope === null ? null : machines.register(scope, definition, container.initPid),
  ]);
  scope?.release();

  enter(context, domain, process, live);
  await hooks.run('started', domain.name, () => formatDomain(live, { id: process.controllerPid }), signal);
  destroyWithCaller(context, domain, process);
  watchEnd(context, domain, process);
  undo.keep();
  signal.removeEventListener('abort', kill);
  return process;
}

/** A container that never ran its program fails to, instead of exiting. */
async function endContainer({ container, exited }: ContainerProcess): Promise<void> {
  container.kill();
  const started = container.run().then(
    () => exited,
    () => null,
  );
  await Promise.race([exited, started]);
}

function checkPartition({ partition }: DomainDefinition): void {
  if (partition?.startsWith('/') === false)
    throw startFailure(`unsupported configuration: Resource partition '${partition}' must start with '/'`);
}

/** In place before the container's first process. */
function makeCgroup({ host, paths }: LxcContext, definition: DomainDefinition, scope: MachineScope | null): Cgroup {
  const { mapped, rootUid: uid, rootGid: gid } = identityOf(definition);
  return createCgroup(host.hierarchies, {
    parent: paths.cgroupParent,
    partition: definition.partition,
    uuid: definition.uuid,
    name: definition.name,
    owner: mapped ? { uid, gid } : null,
    ...(scope === null ? {} : { path: scope.cgroupPath }),
  });
}

function compose(
  { domains, files, host, security }: LxcContext,
  definition: DomainDefinition,
  cgroup: Cgroup,
  procFiles: readonly ProcFile[],
  held: DisposableStack,
): ComposedPlan {
  const { name } = definition;
  if (Buffer.byteLength(basename(files.socket(name))) > SOCKET_NAME_LIMIT)
    throw errors.operationFailed(`the name of domain '${name}' is too long for that of a socket`);
  return composePlan({
    definition,
    host,
    cgroup,
    files: {
      socket: files.socket(name),
      pidFile: files.pid(name),
      outcomeFile: files.outcome(name),
      rootMountPoint: ROOT_MOUNT_POINT,
    },
    label: security.initLabel(definition),
    findInit: other => domains.initOf(other),
    held,
    procFiles,
  });
}

const booted = { state: DomainState.RUNNING, reason: DomainRunningReason.BOOTED } as const;

/** From here on the domain runs. */
function enter({ processes }: LxcContext, domain: LxcDomain, process: ContainerProcess, live: DomainDefinition): void {
  domain.nextDefinition = domain.persistent ? (domain.nextDefinition ?? domain.definition) : null;
  Object.assign(domain, { definition: live, ...booted });
  processes.attach(domain, process);
}
