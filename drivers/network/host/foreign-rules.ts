import ipaddr from 'ipaddr.js';
import { obstacles, type Obstacle, type Packet } from '../../../native/firewall/packet-verdict.ts';
import { listNftTables } from '../../../native/firewall/nft-tables.ts';
import { readRuleset, type RulesetChain } from '../../../native/firewall/ruleset.ts';
import { listRoutes } from '../../../native/network/routes.ts';
import type { Log } from '../../contract/log.ts';
import type { NetworkDefinition } from '../../xml/network/definition.ts';
import { subnet, type Subnet } from './subnet.ts';

/** Servers that everybody may ask: of the domain name system's root. */
const outside = { ipv4: '198.41.0.4', ipv6: '2001:503:ba3e::2:30' } as const;

interface Probe {
  readonly what: string;
  readonly packet: Packet;
}

/** Tells which tables of others drop what networks' guests send: an administrator looks for that for hours. */
export class ForeignRules {
  readonly #ownTable: string;
  readonly #log: Log;
  /** What the log says already, by the network's name. */
  readonly #told = new Map<string, ReadonlySet<string>>();

  constructor(ownTable: string, log: Log) {
    this.#ownTable = ownTable;
    this.#log = log;
  }

  /**
   * Of running networks; each finding once, as long as it lasts. Resolves to false when what
   * was read is not `isCurrent`: nothing is told then. What cannot be read is nobody's failure.
   */
  async report(networks: readonly NetworkDefinition[], isCurrent: () => boolean = () => true): Promise<boolean> {
    for (const { name } of networks) if (!this.#told.has(name)) this.#told.set(name, new Set());
    try {
      const isAlone = listNftTables()?.every(({ name }) => name === this.#ownTable) === true;
      const chains = isAlone ? [] : await readRulesetTogether();
      if (!isCurrent()) return false;
      for (const network of networks) this.#tell(network, foreignObstacles(chains, network, this.#ownTable));
    } catch (error) {
      this.#log.debug({ error }, "The firewall's rules of others could not be looked at, or were not understood");
    }
    return true;
  }

  /** Of a network that ends. */
  forget(network: string): void {
    this.#told.delete(network);
  }

  #tell({ name, bridge }: NetworkDefinition, found: readonly Finding[]): void {
    const told = this.#told.get(name);
    // it has ended meanwhile
    if (told === undefined) return;
    const sentences = found.map(finding => ({ ...finding, sentence: sentence(name, finding) }));
    this.#told.set(name, new Set(sentences.map(({ sentence }) => sentence)));
    for (const { family, table, chain, sentence } of sentences)
      if (!told.has(sentence)) this.#log.warn({ network: name, bridge: bridge?.name, family, table, chain }, sentence);
  }
}

type Finding = Obstacle & { readonly what: string };

const sentence = (network: string, { what, reason, family, table, chain }: Finding): string =>
  `Network '${network}': ${what} will be dropped by ${reason === 'policy' ? 'the policy' : 'a rule'} of chain '${chain}' in table '${family} ${table}', which is not ours`;

let reading: Promise<RulesetChain[]> | null = null;

/** Networks that start at once look at one list: it is of others, who do not change theirs for our sake. */
const readRulesetTogether = (): Promise<RulesetChain[]> => (reading ??= readRuleset().finally(() => (reading = null)));

function foreignObstacles(chains: readonly RulesetChain[], definition: NetworkDefinition, ownTable: string): Finding[] {
  const foreign = chains.filter(({ table }) => table !== ownTable);
  return probes(definition).flatMap(({ what, packet }) =>
    obstacles(foreign, packet).map(obstacle => ({ what, ...obstacle })),
  );
}

function probes(definition: NetworkDefinition): Probe[] {
  const bridge = definition.bridge?.name ?? '';
  const passesOn = ['nat', 'route', 'open'].includes(definition.forward.mode);
  return definition.ips.flatMap((ip, at) => {
    const net = subnet(ip);
    const guest = { family: net.family, in: bridge, source: guestAddress(net) } as const;
    return [
      ...(passesOn ? [outgoing(definition, guest)] : []),
      // one is enough to tell
      ...(at === 0 && definition.dns.enable !== false ? [question(guest, net)] : []),
      ...(ip.dhcp === null ? [] : [request(guest)]),
    ];
  });
}

type Guest = Pick<Packet, 'family' | 'in' | 'source'>;

function outgoing({ forward }: NetworkDefinition, guest: Guest): Probe {
  const out = forward.interfaces[0] ?? forward.dev ?? uplink(guest.family);
  const packet: Packet = {
    ...guest,
    hook: 'forward',
    out,
    destination: outside[guest.family],
    protocol: 'tcp',
    port: 443,
  };
  return { what: `what guests send to the outside (${guest.family})`, packet };
}

const question = (guest: Guest, { address }: Subnet): Probe => ({
  what: "guests' questions for names (DNS)",
  packet: { ...guest, hook: 'input', out: '', destination: address, protocol: 'udp', port: 53 },
});

function request(guest: Guest): Probe {
  const isIpv4 = guest.family === 'ipv4';
  return {
    what: `guests' requests for addresses (DHCP, ${guest.family})`,
    packet: {
      ...guest,
      hook: 'input',
      out: '',
      source: isIpv4 ? '0.0.0.0' : 'fe80::1',
      destination: isIpv4 ? '255.255.255.255' : 'ff02::1:2',
      protocol: 'udp',
      port: isIpv4 ? 67 : 547,
    },
  };
}

/** The link of the default route; on a host without one any other will do. */
function uplink(family: Subnet['family']): string {
  const route = listRoutes()
    .filter(({ prefix, device, ...own }) => own.family === family && prefix === 0 && device !== null)
    .sort((a, b) => a.metric - b.metric)[0];
  return route?.device ?? 'eth0';
}

/** Some address of the subnet that is not the bridge's. */
function guestAddress({ network, prefix, address, family }: Subnet): string {
  const bytes = ipaddr.parse(network).toByteArray();
  const last = family === 'ipv4' ? 3 : 15;
  for (const host of [2, 3]) {
    const candidate = bytes.with(last, ((bytes[last] ?? 0) | host) & 0xff);
    const text = ipaddr.fromByteArray(candidate).toString();
    if (text !== address && prefix < 31) return text;
  }
  return network;
}
