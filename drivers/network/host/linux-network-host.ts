import type { Log } from '../../contract/log.ts';
import type { Paths } from '../../contract/paths.ts';
import { deleteLink, findLink, setLinkUp } from '../../../native/network/links.ts';
import type { NetworkDefinition } from '../../xml/network/definition.ts';
import { chooseBridgeName, usualPattern } from './bridge-name.ts';
import { addNetworkAddresses, createNetworkBridge } from './bridge.ts';
import { Coexistence } from './coexistence.ts';
import { dnsmasqConfiguration, type DnsmasqConfiguration } from './dnsmasq-configuration.ts';
import { dnsmasqFiles } from './dnsmasq-files.ts';
import { Dnsmasq } from './dnsmasq.ts';
import { openExtensionPoints } from './extension-points.ts';
import { WATCH_INTERVAL } from './firewall-watch.ts';
import { Firewall, iptables, nftables, tableName } from './firewall.ts';
import { forwardPackets } from './forwarding.ts';
import { readLeases } from './leases.ts';
import { bridgePorts } from './bridge-ports.ts';
import { limitNetwork } from './network-bandwidth.ts';
import type { NetworkHost } from './network-host.ts';
import { networkRules } from './network-rules.ts';
import { PromptPorts } from './prompt-ports.ts';
import { checkSubnets } from './subnet-collision.ts';
import { subnet } from './subnet.ts';

/** Modes whose bridge is made by us; the others are about links of the host that exist. */
const ownBridge = new Set(['none', 'nat', 'route', 'open']);

const hasOwnBridge = ({ forward, bridge }: NetworkDefinition): boolean =>
  ownBridge.has(forward.mode) && bridge?.name !== null && bridge?.name !== undefined;

/** Networks of a Linux host: bridges by rtnetlink, rules by nftables or iptables, addresses and names by dnsmasq. */
export class LinuxNetworkHost implements NetworkHost {
  readonly #paths: Paths;
  readonly #log: Log;
  readonly #firewall: Firewall;
  readonly #coexistence: Coexistence;
  readonly #promptPorts: PromptPorts;

  /** `interval`: between two looks for others' changes of the firewall, in ms. */
  constructor(paths: Paths, log: Log, interval: number = WATCH_INTERVAL) {
    this.#paths = paths;
    this.#log = log;
    this.#firewall = new Firewall(
      [nftables(paths.tag), iptables(paths.tag, log)],
      networks => openExtensionPoints(paths.tag, networks, log),
      log,
    );
    this.#coexistence = new Coexistence({
      ownTable: tableName(paths.tag),
      log,
      repair: () => this.#firewall.repair(),
      interval,
    });
    this.#promptPorts = new PromptPorts(log);
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async chooseBridgeName(pattern: string | null, taken: ReadonlySet<string>): Promise<string> {
    return chooseBridgeName(pattern ?? usualPattern(this.#paths.tag), taken);
  }

  async start(definition: NetworkDefinition): Promise<void> {
    if (!hasOwnBridge(definition)) return;
    const parts = this.#parts(definition);
    checkSubnets(definition);
    await createNetworkBridge(definition, this.#log).catch(async error => {
      // one that was there before is not ours to delete
      if (!isTaken(error)) await deleteLink(parts.bridge);
      throw error;
    });
    try {
      await settled([
        this.#applyRules(definition),
        forwardPackets(definition),
        // a new bridge has no limits that would have to go
        definition.bandwidth === null ? Promise.resolve() : limitNetwork(parts.bridge, definition.bandwidth),
        parts.configuration === null ? Promise.resolve() : startDnsmasq(parts.dnsmasq, parts.configuration),
      ]);
    } catch (error) {
      await this.stop(definition);
      throw error;
    }
  }

  /** Everything that the document asks for, before anything is done: what is wrong with it is found here. */
  #parts(definition: NetworkDefinition): Parts {
    const files = dnsmasqFiles(this.#paths, definition);
    return {
      bridge: definition.bridge?.name ?? '',
      dnsmasq: new Dnsmasq(files),
      configuration: dnsmasqConfiguration(definition, files),
    };
  }

  async #applyRules(definition: NetworkDefinition, adopts = false): Promise<void> {
    const rules = networkRules(definition);
    const bridge = definition.bridge?.name ?? '';
    if (rules === null) await this.#firewall.remove(bridge);
    else if (adopts) await this.#firewall.adopt(rules);
    else await this.#firewall.set(rules);
    await this.#coexistence.admit(definition);
  }

  async stop(definition: NetworkDefinition): Promise<void> {
    if (!hasOwnBridge(definition)) return;
    const bridge = definition.bridge?.name ?? '';
    const outcomes = await Promise.allSettled([
      new Dnsmasq(dnsmasqFiles(this.#paths, definition)).remove(),
      this.#firewall.remove(bridge),
      this.#coexistence.dismiss(definition),
      deleteLink(bridge),
    ]);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        this.#log.warn({ error: outcome.reason, network: definition.name }, 'Part of a network could not be undone');
  }

  async adopt(definition: NetworkDefinition): Promise<boolean> {
    if (!hasOwnBridge(definition)) return true;
    const { bridge, dnsmasq, configuration } = this.#parts(definition);
    const link = findLink(bridge);
    if (link === null) return false;
    const outcomes = await Promise.allSettled([
      this.#applyRules(definition, true),
      forwardPackets(definition),
      configuration === null ? Promise.resolve() : dnsmasq.follow(configuration),
      repairBridge(definition, link.up),
    ]);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        this.#log.error({ error: outcome.reason, network: definition.name }, 'Part of a network could not be repaired');
    return true;
  }

  async update(before: NetworkDefinition, after: NetworkDefinition): Promise<void> {
    if (!hasOwnBridge(after)) return;
    const { bridge, dnsmasq, configuration } = this.#parts(after);
    await this.#applyRules(after);
    if (JSON.stringify(before.bandwidth) !== JSON.stringify(after.bandwidth))
      await limitNetwork(bridge, after.bandwidth);
    if (configuration === null) await dnsmasq.remove();
    else await dnsmasq.follow(configuration);
  }

  async leases(definition: NetworkDefinition, mac: string | null): ReturnType<NetworkHost['leases']> {
    return await readLeases(dnsmasqFiles(this.#paths, definition).leases, definition, mac);
  }

  readonly portChanged: NetworkHost['portChanged'] = bridgePorts.portChanged;

  async portPlugged(...[definition, port, device]: Parameters<NetworkHost['portPlugged']>): Promise<void> {
    await bridgePorts.portPlugged(definition, port, device);
    if (hasOwnBridge(definition)) this.#promptPorts.plugged(definition, port, device);
  }

  async portReleased(...[definition, port, device]: Parameters<NetworkHost['portReleased']>): Promise<void> {
    this.#promptPorts.released(definition, port);
    await bridgePorts.portReleased(definition, port, device);
  }

  close(): void {
    this.#coexistence.close();
  }
}

interface Parts {
  readonly bridge: string;
  readonly dnsmasq: Dnsmasq;
  readonly configuration: DnsmasqConfiguration | null;
}

async function startDnsmasq(dnsmasq: Dnsmasq, configuration: DnsmasqConfiguration): Promise<void> {
  // one that a crash left would hold the addresses
  await dnsmasq.stop();
  await dnsmasq.prepare(configuration);
  await dnsmasq.start();
}

async function repairBridge(definition: NetworkDefinition, isUp: boolean): Promise<void> {
  if (!isUp) setLinkUp(definition.bridge?.name ?? '');
  addNetworkAddresses(definition, definition.ips.map(subnet));
}

/** Waits for all, and throws the first failure: nothing goes on in the background. */
async function settled(steps: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(steps)) if (outcome.status === 'rejected') throw outcome.reason;
}

const isTaken = (error: unknown): boolean => error instanceof Error && error.message.endsWith(': File exists');
