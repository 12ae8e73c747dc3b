import type { EventChannel } from '../contract/event-channel.ts';
import type { Log } from '../contract/log.ts';
import type { NetworkEvent } from '../contract/network.ts';
import type { HookScripts } from '../hooks/hook-scripts.ts';
import type { JobLock } from '../jobs/job-lock.ts';
import type { DefinitionStore } from '../objects/definition-store.ts';
import type { ObjectJobs } from '../objects/object-jobs.ts';
import type { ObjectList } from '../objects/object-list.ts';
import type { NetworkDefinition } from '../xml/network/definition.ts';
import type { NetworkHost } from './host/network-host.ts';
import type { Network } from './network.ts';
import type { NetworkHookPhase } from './hooks.ts';
import type { NetworkFiles } from './network-files.ts';

/** What the operations of the driver share: made once, in driver.ts, and handed to each. */
export interface NetworkContext {
  readonly log: Log;
  readonly networks: ObjectList<Network>;
  readonly jobs: ObjectJobs<Network>;
  /** Whose turn it is to take a name, a UUID or a bridge. */
  readonly claims: JobLock;
  readonly stored: DefinitionStore<NetworkDefinition>;
  readonly files: NetworkFiles;
  readonly host: NetworkHost;
  readonly events: EventChannel<NetworkEvent>;
  readonly hooks: HookScripts<NetworkHookPhase>;
}
