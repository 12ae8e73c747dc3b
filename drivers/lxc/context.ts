import type { EventChannel } from '../contract/event-channel.ts';
import type { DomainEvent } from '../contract/events.ts';
import type { Log } from '../contract/log.ts';
import type { Paths } from '../contract/paths.ts';
import type { HookScripts } from '../hooks/hook-scripts.ts';
import type { LxcHookPhase } from './hooks/lxc-hooks.ts';
import type { Images } from './images/images.ts';
import type { DomainAudit } from './audit/domain-audit.ts';
import type { DomainJobs } from './jobs/domain-jobs.ts';
import type { DomainList } from './list/domain-list.ts';
import type { Machines } from './machine/machines.ts';
import type { HostFacts } from './plan/compose.ts';
import type { Networks } from './network/network-port.ts';
import type { HostLinks } from './process/host-links.ts';
import type { ProcessTable } from './process/process-table.ts';
import type { DomainSecurity } from './security/domain-security.ts';
import type { LxcSettings } from './settings.ts';
import type { DomainFiles } from './store/domain-files.ts';
import type { Lxcfs } from './proc/lxcfs.ts';
import type { Volumes } from './volumes/placed-volumes.ts';
import type { DomainStore } from './store/domain-store.ts';

/** What the operations of the driver share: made once, in driver.ts, and handed to each. */
export interface LxcContext {
  readonly paths: Paths;
  readonly log: Log;
  readonly settings: LxcSettings;
  readonly files: DomainFiles;
  readonly store: DomainStore;
  readonly domains: DomainList;
  readonly processes: ProcessTable;
  readonly jobs: DomainJobs;
  readonly events: EventChannel<DomainEvent>;
  readonly hooks: HookScripts<LxcHookPhase>;
  readonly links: HostLinks;
  readonly images: Images;
  readonly security: DomainSecurity;
  readonly machines: Machines;
  readonly audit: DomainAudit;
  readonly lxcfs: Lxcfs;
  readonly volumes: Volumes;
  readonly networks: Networks;
  readonly host: HostFacts;
}
