import { ConnectListAllDomainsFlags as List, DomainState } from '../../contract/constants.ts';
import { not, type FlagGroup, type ListTest } from '../../objects/list-filter.ts';
import type { LxcDomain } from '../domain.ts';

type Test = ListTest<LxcDomain>;

const always: Test = () => true;
const never: Test = () => false;
const active: Test = domain => domain.running !== null;
const inState =
  (...states: DomainState[]): Test =>
  domain =>
    states.includes(domain.state);
/** virConnectListAllDomainsFlags. Containers have neither saved images nor snapshots nor checkpoints here. */
export const domainListGroups: readonly FlagGroup<LxcDomain>[] = [
  [
    [List.ACTIVE, active],
    [List.INACTIVE, not(active)],
  ],
  [
    [List.PERSISTENT, domain => domain.persistent],
    [List.TRANSIENT, domain => !domain.persistent],
  ],
  [
    [List.RUNNING, inState(DomainState.RUNNING)],
    [List.PAUSED, inState(DomainState.PAUSED)],
    [List.SHUTOFF, inState(DomainState.SHUTOFF)],
    [List.OTHER, not(inState(DomainState.RUNNING, DomainState.PAUSED, DomainState.SHUTOFF))],
  ],
  [
    [List.MANAGEDSAVE, never],
    [List.NO_MANAGEDSAVE, always],
  ],
  [
    [List.AUTOSTART, domain => domain.autostart],
    [List.NO_AUTOSTART, domain => !domain.autostart],
  ],
  [
    [List.HAS_SNAPSHOT, never],
    [List.NO_SNAPSHOT, always],
  ],
  [
    [List.HAS_CHECKPOINT, never],
    [List.NO_CHECKPOINT, always],
  ],
];
