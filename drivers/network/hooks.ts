import type { HookKind } from '../hooks/hook-scripts.ts';
import type { NetworkDefinition } from '../xml/network/definition.ts';
import { networkElement } from '../xml/network/network-document.ts';
import type { NetworkPort } from '../xml/network/port-definition.ts';
import { networkPortElement } from '../xml/network/port-document.ts';
import { xmlElement } from '../xml/tree.ts';
import { formatXml } from '../xml/write.ts';

/** When a host's scripts for networks are called. */
export const networkHooks = {
  program: 'network',
  phases: {
    start: 'begin',
    started: 'begin',
    stopped: 'end',
    updated: 'begin',
    'port-created': 'begin',
    'port-updated': 'begin',
    'port-deleted': 'begin',
  },
} as const satisfies HookKind<string>;

export type NetworkHookPhase = keyof typeof networkHooks.phases;

/** What scripts read: the network, and the port that it is about. */
export const hookData = (definition: NetworkDefinition, port: NetworkPort | null = null): string =>
  formatXml(
    xmlElement('hookData', {}, [
      networkElement(definition, null),
      ...(port === null ? [] : [networkPortElement(port)]),
    ]),
  );
