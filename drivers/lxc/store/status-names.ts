import { DomainPausedReason, DomainRunningReason, DomainState } from '../../contract/constants.ts';

/** What status files call the states of a domain that runs, and the reasons of each; libvirt's words. */
const words = {
  running: {
    state: DomainState.RUNNING,
    reasons: [
      'unknown',
      'booted',
      'migrated',
      'restored',
      'from snapshot',
      'unpaused',
      'migration canceled',
      'save canceled',
      'wakeup',
      'crashed',
      'post-copy',
    ],
    otherwise: DomainRunningReason.UNKNOWN,
  },
  paused: {
    state: DomainState.PAUSED,
    reasons: [
      'unknown',
      'user',
      'migration',
      'save',
      'dump',
      'ioerror',
      'watchdog',
      'from-snapshot',
      'shutting-down',
      'snapshot',
      'panicked',
      'starting-up',
      'post-copy',
    ],
    otherwise: DomainPausedReason.UNKNOWN,
  },
} as const;

export interface NamedState {
  readonly state: string;
  readonly reason: string;
}

export function stateNames(state: DomainState, reason: number): NamedState {
  const name = state === DomainState.PAUSED ? 'paused' : 'running';
  return { state: name, reason: words[name].reasons[reason] ?? 'unknown' };
}

/** A domain whose file says anything else is running too: it has a controller. */
export function stateOf({ state, reason }: NamedState): { state: DomainState; reason: number } {
  const known = words[state === 'paused' ? 'paused' : 'running'];
  const index = known.reasons.findIndex(name => name === reason);
  return { state: known.state, reason: index === -1 ? known.otherwise : index };
}
