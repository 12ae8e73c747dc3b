import { join } from 'node:path';
import { EventChannel } from '../contract/event-channel.ts';
import type { Log } from '../contract/log.ts';
import type { NetworkPorts } from '../contract/network-ports.ts';
import type { NetworkDriver, NetworkEvent } from '../contract/network.ts';
import type { Paths } from '../contract/paths.ts';
import { HookScripts } from '../hooks/hook-scripts.ts';
import { JobLock } from '../jobs/job-lock.ts';
import { DefinitionStore } from '../objects/definition-store.ts';
import { ObjectJobs } from '../objects/object-jobs.ts';
import { ObjectList } from '../objects/object-list.ts';
import type { NetworkDefinition } from '../xml/network/definition.ts';
import { formatStoredNetwork, parseNetwork } from '../xml/network/network-document.ts';
import type { NetworkContext } from './context.ts';
import { networkHooks } from './hooks.ts';
import { hostStart } from './host-start.ts';
import type { NetworkHost } from './host/network-host.ts';
import { networkLifecycle } from './lifecycle.ts';
import { listing } from './listing.ts';
import { NetworkFiles } from './network-files.ts';
import type { Network } from './network.ts';
import { guestPorts } from './ports/guest-ports.ts';
import { portCalls } from './ports/port-calls.ts';
import { queries } from './queries.ts';
import { updates } from './updates.ts';

interface NetworkDriverOptions {
  readonly paths: Paths;
  readonly log: Log;
  readonly host: NetworkHost;
}

/** Virtual networks, below /etc/libvirt/qemu/networks, and the ports that guests have on them. */
export function createNetworkDriver(options: NetworkDriverOptions): NetworkDriver & { readonly ports: NetworkPorts } {
  const context = createContext(options);
  return {
    networkEvents: context.events,
    ports: guestPorts(context),
    ...hostStart(context),
    ...listing(context),
    ...networkLifecycle(context),
    ...queries(context),
    ...updates(context),
    ...portCalls(context),
  };
}

function createContext({ paths, log, host }: NetworkDriverOptions): NetworkContext {
  const directory = join(paths.etc, 'qemu/networks');
  return {
    log,
    host,
    networks: new ObjectList<Network>(),
    jobs: new ObjectJobs<Network>(),
    claims: new JobLock(),
    events: new EventChannel<NetworkEvent>(),
    hooks: new HookScripts(join(paths.etc, 'hooks'), networkHooks),
    files: new NetworkFiles(paths, log),
    stored: new DefinitionStore<NetworkDefinition>(
      {
        what: 'network',
        directory,
        autostart: join(directory, 'autostart'),
        nameOf: ({ name }) => name,
        parse: parseNetwork,
        format: formatStoredNetwork,
        durable: true,
      },
      log,
    ),
  };
}
