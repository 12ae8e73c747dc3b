import { join } from 'node:path';
import { noAudit, type AuditTrail } from '../contract/audit.ts';
import { EventChannel } from '../contract/event-channel.ts';
import type { DomainEvent } from '../contract/events.ts';
import type { HypervisorDriver } from '../contract/hypervisor.ts';
import type { InterfaceFilters } from '../contract/interface-filters.ts';
import type { Log } from '../contract/log.ts';
import type { NetworkPorts } from '../contract/network-ports.ts';
import type { Paths } from '../contract/paths.ts';
import type { VolumeSources, VolumeUsers } from '../contract/volume-sources.ts';
import { detectHierarchies } from '../../native/cgroup/hierarchies.ts';
import { agentOnDemand, agentSource } from './agent/on-demand.ts';
import { DomainAudit } from './audit/domain-audit.ts';
import type { LxcContext } from './context.ts';
import { deviceChangesOnDemand } from './devices/on-demand.ts';
import { HookScripts } from '../hooks/hook-scripts.ts';
import { lxcHooks } from './hooks/lxc-hooks.ts';
import { Images } from './images/images.ts';
import { DomainJobs } from './jobs/domain-jobs.ts';
import { DomainList } from './list/domain-list.ts';
import { Machines } from './machine/machines.ts';
import { access } from './operations/access.ts';
import { addresses } from './operations/addresses.ts';
import { blockInfo } from './operations/block-info.ts';
import { blockResize } from './operations/block-resize.ts';
import { connecting } from './operations/connect.ts';
import { control } from './operations/control.ts';
import { defining } from './operations/define.ts';
import { domainCapabilities } from './operations/domain-capabilities.ts';
import { hostStart } from './operations/host-start.ts';
import { listing } from './operations/listing.ts';
import { metadata } from './operations/metadata.ts';
import { nativeConfigurations } from './operations/native-configurations.ts';
import { queries } from './operations/queries.ts';
import { starting } from './operations/starting.ts';
import { stopping } from './operations/stopping.ts';
import { hostCapabilities } from './plan/capabilities.ts';
import { SystemCallFilters } from './plan/system-call-filters.ts';
import { LentLinks } from './network/lent-links.ts';
import { HostLinks } from './process/host-links.ts';
import { ProcessTable } from './process/process-table.ts';
import { Lxcfs } from './proc/lxcfs.ts';
import { chooseSecurityDriver } from './security/choose.ts';
import { DomainSecurity } from './security/domain-security.ts';
import { defaultSettings, type LxcSettings } from './settings.ts';
import { DomainFiles } from './store/domain-files.ts';
import { DomainStore } from './store/domain-store.ts';
import { nodeOperations } from './node/node.ts';
import { bulkStatistics } from './statistics/bulk-statistics.ts';
import { statistics } from './statistics/statistics.ts';
import { tuning } from './tuning/tuning.ts';
import { vcpus } from './vcpu/vcpus.ts';
import { volumeUsers } from './volumes/volume-users.ts';

export interface LxcDriverOptions {
  readonly paths: Paths;
  readonly log: Log;
  /** Lower case, with hyphens. */
  readonly hostUuid: string;
  /** lxc.conf. */
  readonly settings?: LxcSettings;
  readonly audit?: AuditTrail;
  readonly volumes?: VolumeSources;
  /** Absent: no interface can be filtered. */
  readonly filters?: InterfaceFilters;
  readonly networks?: NetworkPorts;
}

/**
 * The driver that runs domains as Linux containers. One object per daemon; see HypervisorDriver for its life. Throws
 * LibvirtError when the host cannot confine containers as the settings ask.
 */
export function createLxcDriver(options: LxcDriverOptions) {
  const context = makeContext(options);
  const agents = agentSource(context);
  return {
    domainEvents: context.events,
    ...connecting(),
    ...domainCapabilities(),
    ...listing(context),
    ...defining(context),
    ...starting(context),
    ...stopping(context),
    ...queries(context),
    ...metadata(context),
    ...nativeConfigurations(context),
    ...addresses(context, agents),
    ...agentOnDemand(agents),
    ...access(context),
    ...tuning(context),
    ...vcpus(context),
    ...blockInfo(context),
    ...blockResize(context),
    ...control(context),
    ...statistics(context),
    ...bulkStatistics(context),
    ...deviceChangesOnDemand(context),
    ...nodeOperations({ ...options, securityModel: context.security.model }),
    ...hostStart(context),
    volumeUsers: volumeUsers(context),
    activeCount: () => context.processes.size,
    close: () => leaveContainers(context),
  } satisfies HypervisorDriver & { readonly volumeUsers: VolumeUsers };
}

/** The driver with all that it offers, of which a HypervisorDriver may lack some. */
export type LxcDriver = ReturnType<typeof createLxcDriver>;

function makeContext({
  paths,
  log,
  settings = defaultSettings,
  audit = noAudit,
  volumes,
  filters,
  networks,
}: LxcDriverOptions): LxcContext {
  const domains = new DomainList();
  const files = new DomainFiles(paths);
  const hierarchies = detectHierarchies();
  return {
    paths,
    log,
    settings,
    files,
    domains,
    store: new DomainStore(files, log),
    processes: new ProcessTable(),
    jobs: new DomainJobs(domains),
    events: new EventChannel<DomainEvent>(),
    hooks: new HookScripts(join(paths.etc, 'hooks'), lxcHooks),
    links: new HostLinks(filters ?? null, new LentLinks(join(paths.run, 'hostdevmgr'))),
    images: new Images(files.images, log),
    security: new DomainSecurity(chooseSecurityDriver(settings.security_driver), settings),
    audit: new DomainAudit(audit),
    machines: new Machines(paths, hierarchies, log),
    lxcfs: new Lxcfs(log),
    volumes: volumes ?? null,
    networks: networks ?? null,
    host: {
      capabilities: hostCapabilities(),
      hierarchies,
      systemCalls: new SystemCallFilters(),
    },
  };
}

/** Containers run on without a daemon; the next one finds them. */
async function leaveContainers({ machines, processes }: LxcContext): Promise<void> {
  for (const [, process] of processes.all()) {
    process.agent?.close();
    process.container.detach();
  }
  await machines.disconnect();
}
