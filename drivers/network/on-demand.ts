import { join } from 'node:path';
import { EventChannel } from '../contract/event-channel.ts';
import type { Log } from '../contract/log.ts';
import type { NetworkPorts } from '../contract/network-ports.ts';
import type { NetworkEvent } from '../contract/network.ts';
import type { Paths } from '../contract/paths.ts';
import { hasDocuments } from '../files/read-directory.ts';
import { DriverOnDemand, onDemand } from '../objects/on-demand.ts';
import type { createNetworkDriver } from './driver.ts';

interface NetworkDriverOptions {
  readonly paths: Paths;
  readonly log: Log;
}

/** Virtual networks, with code that is loaded once there is one, or somebody asks. */
export function networkDriverOnDemand(options: NetworkDriverOptions) {
  const { paths } = options;
  const networkEvents = new EventChannel<NetworkEvent>();
  const started = new EventChannel<string>();
  const driver = new DriverOnDemand({
    isNeeded: () => hasDocuments(join(paths.etc, 'qemu/networks')) || hasDocuments(join(paths.run, 'network')),
    async load() {
      const driver = await load(options);
      driver.networkEvents.subscribe(event => networkEvents.emit(event));
      driver.ports.started.subscribe(network => started.emit(network));
      return driver;
    },
  });
  return onDemand(driver, { networkEvents, ports: portsOf(driver, started) });
}

async function load({ paths, log }: NetworkDriverOptions) {
  const { createNetworkDriver } = await import('./driver.ts');
  const { LinuxNetworkHost } = await import('./host/linux-network-host.ts');
  return createNetworkDriver({ paths, log, host: new LinuxNetworkHost(paths, log) });
}

/** Without the driver there is no port that could be given back, or asked after. */
function portsOf(
  driver: DriverOnDemand<ReturnType<typeof createNetworkDriver>>,
  started: EventChannel<string>,
): NetworkPorts {
  const ports = async (): Promise<NetworkPorts> => (await driver.open()).ports;
  return {
    started,
    allocate: async request => (await ports()).allocate(request),
    reclaim: async (portId, request, present) => (await ports()).reclaim(portId, request, present),
    releaseAllBut: async portIds => driver.opened?.ports.releaseAllBut(portIds),
    plugged: async (network, portId, device) => (await ports()).plugged(network, portId, device),
    changeBandwidth: async (network, portId, bandwidth) => (await ports()).changeBandwidth(network, portId, bandwidth),
    release: async (network, portId) => driver.opened?.ports.release(network, portId),
    leases: async (network, mac) => driver.opened?.ports.leases(network, mac) ?? [],
    bridges: () => driver.opened?.ports.bridges() ?? new Map(),
  };
}
