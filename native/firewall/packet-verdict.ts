import ipaddr from 'ipaddr.js';
import { isRecord, type RulesetChain, type Statement } from './ruleset.ts';

/** A packet of which everything is known that common rules ask for. It is the first of its connection. */
export interface Packet {
  readonly family: 'ipv4' | 'ipv6';
  readonly hook: 'forward' | 'input';
  readonly in: string;
  /** Empty for a packet to the host itself. */
  readonly out: string;
  readonly source: string;
  readonly destination: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
}

/** Where a packet ends. */
export interface Obstacle {
  readonly family: string;
  readonly table: string;
  /** The chain whose rule, or whose policy, drops it. */
  readonly chain: string;
  readonly reason: 'rule' | 'policy';
}

type Decision = 'accept' | 'return' | 'continue' | Obstacle;

const DEPTH_MAX = 16;

/**
 * The chains that would drop a packet. In doubt it passes: of a rule with a condition that is not understood, a drop is
 * taken not to apply, and an accept to apply.
 */
export function obstacles(chains: readonly RulesetChain[], packet: Packet): Obstacle[] {
  const families = ['inet', packet.family === 'ipv4' ? 'ip' : 'ip6'];
  return chains
    .filter(({ family, hook, type }) => families.includes(family) && hook === packet.hook && type === 'filter')
    .flatMap(base => {
      const decision = walk(base, chains, packet, 0);
      if (typeof decision === 'object') return [decision];
      const { family, table, name, policy } = base;
      return decision !== 'accept' && policy === 'drop' ? [{ family, table, chain: name, reason: 'policy' }] : [];
    });
}

function walk(chain: RulesetChain, all: readonly RulesetChain[], packet: Packet, depth: number): Decision {
  for (const rule of chain.rules) {
    const decision = decide(rule, chain, all, packet, depth);
    if (decision !== 'continue') return decision;
  }
  return 'continue';
}

function decide(
  rule: readonly Statement[],
  chain: RulesetChain,
  all: readonly RulesetChain[],
  packet: Packet,
  depth: number,
): Decision {
  let isCertain = true;
  for (const statement of rule) {
    const answer = condition(statement, packet);
    if (answer === false) return 'continue';
    if (answer === null) isCertain = false;
    const verdict = 'vmap' in statement ? mapped(statement['vmap'], packet) : statement;
    if (!isCertain) {
      if (verdict !== null && 'accept' in verdict) return 'accept';
      if (verdict !== null && 'return' in verdict) return 'return';
      continue;
    }
    const decision = verdictOf(verdict, chain, all, packet, depth);
    if (decision !== 'continue') return decision;
  }
  return 'continue';
}

/** What iptables' own conditions say of the first packet of a connection that nobody redirected; others are not known. */
const foreignMatches: Readonly<Record<string, boolean>> = {
  comment: true,
  conntrack: false,
  state: false,
  limit: false,
};

/** Whether a statement lets the rule go on. Null is not known. */
function condition({ match, limit, xt }: Statement, packet: Packet): boolean | null {
  if (limit !== undefined) return false;
  if (isRecord(xt) && xt['type'] === 'match') return foreignMatches[String(xt['name'])] ?? null;
  return match === undefined ? true : applies(match, packet);
}

function verdictOf(
  verdict: Statement | null,
  chain: RulesetChain,
  all: readonly RulesetChain[],
  packet: Packet,
  depth: number,
): Decision {
  if (verdict === null) return 'continue';
  const { family, table, name } = chain;
  const { xt } = verdict;
  const isForeignDrop = isRecord(xt) && xt['type'] === 'target' && ['REJECT', 'DROP'].includes(String(xt['name']));
  if ('drop' in verdict || 'reject' in verdict || isForeignDrop) return { family, table, chain: name, reason: 'rule' };
  if ('accept' in verdict) return 'accept';
  if ('return' in verdict) return 'return';
  const call = verdict['jump'] ?? verdict['goto'];
  if (!isRecord(call) || depth >= DEPTH_MAX) return 'continue';
  const target = all.find(other => other.family === family && other.table === table && other.name === call['target']);
  const decision = target === undefined ? 'continue' : walk(target, all, packet, depth + 1);
  if (decision !== 'return' && decision !== 'continue') return decision;
  // whoever went to another chain does not come back
  return 'goto' in verdict ? 'return' : 'continue';
}

/** The verdict that an anonymous map has for the packet. */
function mapped(vmap: unknown, packet: Packet): Statement | null {
  if (!isRecord(vmap) || !isRecord(vmap['data']) || !Array.isArray(vmap['data']['set'])) return null;
  for (const element of vmap['data']['set']) {
    if (!Array.isArray(element)) continue;
    const [value, verdict]: unknown[] = element;
    if (isRecord(verdict) && compare(valueOf(vmap['key'], packet), value) === true) return verdict;
  }
  return null;
}

function applies(match: unknown, packet: Packet): boolean | null {
  if (!isRecord(match)) return null;
  const { op, left, right } = match;
  const isEqual = compare(valueOf(left, packet), right);
  if (isEqual === null || op === '==' || op === 'in') return isEqual;
  return op === '!=' ? !isEqual : null;
}

/** What the packet has where a rule looks; null is not known. */
function valueOf(left: unknown, packet: Packet): string | number | null {
  if (!isRecord(left)) return null;
  const { meta, payload, ct } = left;
  if (isRecord(meta)) return metaOf(String(meta['key']), packet);
  if (isRecord(ct)) return ct['key'] === 'state' ? 'new' : ct['key'] === 'status' ? '' : null;
  if (!isRecord(payload)) return null;
  const { protocol, field } = payload;
  if (protocol === packet.protocol || protocol === 'th') return field === 'dport' ? packet.port : null;
  // of the other protocol there is nothing in it: no value is equal
  if (protocol === 'tcp' || protocol === 'udp' || protocol === 'icmp' || protocol === 'icmpv6') return '';
  if (protocol !== (packet.family === 'ipv4' ? 'ip' : 'ip6')) return '';
  if (field === 'protocol' || field === 'nexthdr') return packet.protocol;
  if (field === 'saddr') return packet.source;
  return field === 'daddr' ? packet.destination : null;
}

function metaOf(key: string, packet: Packet): string | null {
  const values: Readonly<Record<string, string>> = {
    iifname: packet.in,
    iif: packet.in,
    oifname: packet.out,
    oif: packet.out,
    l4proto: packet.protocol,
    nfproto: packet.family,
    protocol: packet.family === 'ipv4' ? 'ip' : 'ip6',
  };
  return values[key] ?? null;
}

/** Null when it is not known. */
function compare(value: string | number | null, right: unknown): boolean | null {
  if (value === null) return null;
  if (Array.isArray(right)) return any(value, right);
  if (isRecord(right)) {
    const { set, prefix, range, elem } = right;
    if (Array.isArray(set)) return any(value, set);
    if (isRecord(elem)) return compare(value, elem['val']);
    if (isRecord(prefix)) return inPrefix(String(value), prefix);
    if (Array.isArray(range)) return inRange(value, range);
    return null;
  }
  if (typeof right === 'string') {
    if (right.startsWith('@')) return null;
    if (right === '*') return true;
    return right.endsWith('*') ? String(value).startsWith(right.slice(0, -1)) : String(value) === right;
  }
  return typeof right === 'number' ? Number(value) === right : null;
}

function any(value: string | number, candidates: readonly unknown[]): boolean | null {
  const answers = candidates.map(candidate => compare(value, candidate));
  if (answers.includes(true)) return true;
  return answers.includes(null) ? null : false;
}

function inPrefix(address: string, { addr, len }: Readonly<Record<string, unknown>>): boolean | null {
  if (typeof addr !== 'string' || typeof len !== 'number' || !ipaddr.isValid(address)) return null;
  const [own, net] = [ipaddr.parse(address), ipaddr.parse(addr)];
  return own.kind() === net.kind() && own.match(net, len);
}

function inRange(value: string | number, [start, end]: readonly unknown[]): boolean | null {
  if (typeof value === 'number') return value >= Number(start) && value <= Number(end);
  if (!ipaddr.isValid(value) || typeof start !== 'string' || typeof end !== 'string') return null;
  const [at, from, to] = [value, start, end].map(text => Buffer.from(ipaddr.parse(text).toByteArray()));
  if (at === undefined || from === undefined || to === undefined || at.length !== from.length) return false;
  return Buffer.compare(at, from) >= 0 && Buffer.compare(at, to) <= 0;
}
