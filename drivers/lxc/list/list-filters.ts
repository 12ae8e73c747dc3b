import { ConnectListAllDomainsFlags as List, DomainState } from '../../contract/constants.ts';
import type { LxcDomain } from '../domain.ts';

type Test = (domain: LxcDomain) => boolean;

const always: Test = () => true;
const never: Test = () => false;
const active: Test = domain => domain.running !== null;
const inState =
  (...states: DomainState[]): Test =>
  domain =>
    states.includes(domain.state);
const not =
  (test: Test): Test =>
  domain =>
    !test(domain);

/**
 * virConnectListAllDomainsFlags: flags of one group widen each other, groups narrow each other, and a group of which
 * no flag is set does not count. Containers have neither saved images nor snapshots nor checkpoints here.
 */
const groups: readonly (readonly (readonly [flag: number, test: Test])[])[] = [
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

/** All flags that listing knows. */
export const listFlags: number = groups.flat().reduce((all, [flag]) => all | flag, 0);

/** What a domain must fulfil to be listed with `flags`. */
export function listFilter(flags: number): Test {
  const wanted = groups
    .map(group => group.filter(([flag]) => (flags & flag) !== 0).map(([, test]) => test))
    .filter(tests => tests.length > 0);
  return domain => wanted.every(tests => tests.some(test => test(domain)));
}
