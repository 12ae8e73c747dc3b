import { NetworkEventLifecycleType as Lifecycle } from '../contract/constants.ts';
import type { NetworkEvent } from '../contract/network.ts';
import type { NetworkDefinition } from '../xml/network/definition.ts';
import type { NetworkContext } from './context.ts';
import { hookData, type NetworkHookPhase } from './hooks.ts';
import { invalid, refOf, runningOf, type Network } from './network.ts';
import { withPools } from './pools.ts';

/** A network's job holds it: nobody else changes it. */
export async function startNetwork(
  context: NetworkContext,
  network: Network,
  stored: NetworkDefinition,
  signal: AbortSignal,
): Promise<void> {
  const { host, files, hooks } = context;
  if (network.running !== null) throw invalid('network is already active');
  const definition = withPools(stored);
  await hooks.run('start', network.name, () => hookData(definition), signal);
  await host.start(definition);
  network.running = { definition, ports: new Map() };
  try {
    await files.saveStatus(network);
    await hooks.run('started', network.name, () => hookData(definition), signal);
  } catch (error) {
    await undone(context, network);
    throw error;
  }
  context.events.emit(lifecycle(network, Lifecycle.STARTED));
}

/** A transient network leaves the list. */
export async function stopNetwork(context: NetworkContext, network: Network): Promise<void> {
  runningOf(network);
  await undone(context, network);
  context.events.emit(lifecycle(network, Lifecycle.STOPPED));
  if (network.stored === null) context.networks.remove(network);
}

async function undone(context: NetworkContext, network: Network): Promise<void> {
  const { definition } = runningOf(network);
  await context.host.stop(definition);
  network.running = null;
  await context.files.removeStatus(network.name);
  await tellHook(context, 'stopped', network.name, definition);
}

/** For what has happened already: a script that fails is reported, and changes nothing. */
export async function tellHook(
  { hooks, log }: NetworkContext,
  phase: NetworkHookPhase,
  name: string,
  ...about: Parameters<typeof hookData>
): Promise<void> {
  try {
    await hooks.run(phase, name, () => hookData(...about), new AbortController().signal);
  } catch (error) {
    log.warn({ network: name, phase, error }, 'A hook script failed');
  }
}

export const lifecycle = (network: Network, event: Lifecycle): NetworkEvent => ({
  kind: 'lifecycle',
  network: refOf(network),
  event,
  detail: 0,
});
