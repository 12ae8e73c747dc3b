import type { DomainState } from '../contract/constants.ts';
import type { DomainDefinition } from '../xml/domain/definition.ts';
import type { Cgroup } from '../../native/cgroup/cgroup.ts';

/** What exists only while a domain runs. */
export interface RunningDomain {
  /** The domain's id. */
  readonly controllerPid: number;
  readonly initPid: number;
  readonly cgroup: Cgroup;
  /** Host ends of its network interfaces, in the definition's order; null for one that has none (macvlan, hostdev). */
  readonly hostInterfaces: (string | null)[];
}

/** One domain of the driver's list. */
export interface LxcDomain {
  readonly uuid: string;
  name: string;
  /** What it runs with, or what it is defined as while it does not run. Replaced as a whole, never changed in place. */
  definition: DomainDefinition;
  /** While it runs and is persistent: what the next start will use. Null when it does not run. */
  nextDefinition: DomainDefinition | null;
  persistent: boolean;
  autostart: boolean;
  /** Changed since it was defined (virDomainIsUpdated). */
  updated: boolean;
  state: DomainState;
  reason: number;
  running: RunningDomain | null;
}
