import type { HookKind } from '../../hooks/hook-scripts.ts';

/** When a host's scripts for containers are called. */
export const lxcHooks = {
  program: 'lxc',
  phases: {
    prepare: 'begin',
    start: 'begin',
    started: 'begin',
    stopped: 'end',
    release: 'end',
    reconnect: 'begin',
  },
} as const satisfies HookKind<string>;

export type LxcHookPhase = keyof typeof lxcHooks.phases;
