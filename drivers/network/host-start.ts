import { existsSync } from 'node:fs';
import { NetworkEventLifecycleType as Lifecycle } from '../contract/constants.ts';
import type { DriverLife } from '../contract/driver-life.ts';
import { replaceFile } from '../files/atomic-file.ts';
import type { NetworkDefinition } from '../xml/network/definition.ts';
import { claimed } from './claim.ts';
import { completed } from './completed.ts';
import type { NetworkContext } from './context.ts';
import { newNetwork, type Network } from './network.ts';
import { lifecycle, startNetwork } from './starting.ts';

/** What the daemon's own life asks of the driver. */
export function hostStart(context: NetworkContext): DriverLife {
  const { networks, stored, files, events, log, jobs, claims } = context;
  return {
    async start() {
      stored.prepare();
      files.prepare();
      // Those that run first: their bridges are taken.
      const running = await files.load();
      for (const definition of running) addRunning(context, definition);
      await addStored(context, () => undefined);
      await Promise.all([...networks.all()].map(network => takeOver(context, network)));
    },

    async autostart() {
      if (existsSync(files.autostarted)) return;
      await replaceFile(files.autostarted, '', false);
      const marked = [...networks.all()].filter(({ autostart, running }) => autostart && running === null);
      await Promise.all(marked.map(network => autostartOne(context, network)));
    },

    async reload() {
      await claims.run(() => addStored(context, network => events.emit(lifecycle(network, Lifecycle.DEFINED))));
      for (const network of networks.all())
        await jobs
          .change(network, async () => {
            if (network.running !== null) await context.host.adopt(network.running.definition);
          })
          .catch(error => log.error({ network: network.name, error }, 'A network could not be looked after'));
    },

    /** A network alone keeps no daemon from exiting: it goes on without one. */
    activeCount: () => [...networks.all()].filter(({ running }) => running !== null).length,
    // eslint-disable-next-line @typescript-eslint/require-await
    async close() {
      context.host.close();
    },
  };
}

function addRunning({ networks, log }: NetworkContext, definition: NetworkDefinition): void {
  try {
    if (claimed(networks, definition, true) !== undefined) return;
    const network = newNetwork(definition);
    network.running = { definition, ports: new Map() };
    networks.add(network);
  } catch (error) {
    log.warn({ network: definition.name, error }, 'A running network is passed over');
  }
}

/** Adds the definitions on disk that are not known yet, one after the other: each may need a bridge of its own. */
async function addStored(context: NetworkContext, added: (network: Network) => void): Promise<void> {
  const { networks, stored, log } = context;
  for (const parsed of await stored.load()) {
    try {
      const existing = claimed(networks, parsed, false);
      if (existing !== undefined && existing.stored !== null) continue;
      const definition = await completed(context, parsed);
      if (!parsed.uuidGiven || definition.mac !== parsed.mac || definition.bridge?.name !== parsed.bridge?.name)
        await stored.save(definition);
      const network = existing ?? newNetwork(definition);
      network.stored = definition;
      network.autostart = stored.autostarts(network.name);
      if (existing === undefined) networks.add(network);
      added(network);
    } catch (error) {
      log.warn({ network: parsed.name, error }, 'A definition is passed over');
    }
  }
}

/** A network that ran when the last daemon ended, or is no longer there. */
async function takeOver({ networks, files, host, log }: NetworkContext, network: Network): Promise<void> {
  const { running, name } = network;
  if (running === null) return;
  try {
    for (const port of await files.loadPorts(name)) running.ports.set(port.settings.uuid, port);
    if (await host.adopt(running.definition)) return;
    log.warn({ network: name }, 'A network that ran is no longer there');
  } catch (error) {
    log.error({ network: name, error }, 'A network could not be taken over');
    return;
  }
  network.running = null;
  await host.stop(running.definition);
  await files.removeStatus(name);
  if (network.stored === null) networks.remove(network);
}

async function autostartOne(context: NetworkContext, network: Network): Promise<void> {
  try {
    await context.jobs.change(network, async signal => {
      if (network.running === null && network.stored !== null)
        await startNetwork(context, network, network.stored, signal);
    });
  } catch (error) {
    context.log.error({ network: network.name, error }, 'A network could not be started with the host');
  }
}
