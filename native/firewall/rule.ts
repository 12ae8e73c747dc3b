/**
 * What happens to the packets of virtual networks, as data: one table of rules, and a writer for each of the host's
 * firewalls. Everything in a rule that is text is a name or an address that `isToken` holds for: nothing else is written.
 */

/** An address with a prefix: "192.168.122.0/24". */
export type Cidr = string;

/**
 * Where a rule is looked at:
 * - from: what comes in from a guest, to be passed on. `return` lets it go on to "to"; what no rule is about goes on too;
 * - to: what is to be passed on to a guest;
 * - input, output: between a guest and the host itself. That it is accepted counts only where somebody else's rules lie in
 *   the same chain, so nftables has none of them;
 * - source: the first packet of a connection as it leaves; its source may be changed;
 * - destination: the first packet of a connection to an address of the host's; its destination may be changed;
 * - checksum: what leaves for a guest.
 */
export type Section = 'from' | 'to' | 'input' | 'output' | 'source' | 'destination' | 'checksum';

export type Verdict =
  | { readonly kind: 'accept' | 'reject' | 'return' | 'masquerade' | 'fill-checksum' }
  /** Another source: an address of a range, a port of a range. No addresses: those of the link that it leaves by. */
  | { readonly kind: 'source'; readonly addresses: Range | null; readonly ports: Range | null }
  | { readonly kind: 'destination'; readonly address: string; readonly port: number };

export interface Range {
  readonly start: string | number;
  readonly end: string | number;
}

/** All that is given must hold of a packet. */
export interface Rule {
  readonly section: Section;
  /** Absent: of both. */
  readonly family?: 'ipv4' | 'ipv6';
  readonly in?: string;
  readonly out?: string;
  readonly source?: Cidr;
  readonly destination?: Cidr;
  readonly notDestination?: Cidr;
  readonly protocol?: 'tcp' | 'udp';
  /** The destination's. */
  readonly port?: number;
  /** Of the connection: one that there is already; one whose destination was changed by a rule. */
  readonly state?: 'established' | 'redirected';
  readonly verdict: Verdict;
}

/** The rules of one network, in order. */
export interface NetworkRules {
  readonly bridge: string;
  readonly rules: readonly Rule[];
}

/** Whether a text is safe in every firewall's language: names of links, addresses, prefixes, ports. */
const isToken = (text: string): boolean => /^[A-Za-z0-9_.:/-]{1,64}$/.test(text) && !text.startsWith('-');

/** Throws TypeError for what is no token. */
export function token(text: string | number): string {
  const value = String(text);
  if (!isToken(value)) throw new TypeError(`'${value}' cannot be part of a rule of the firewall`);
  return value;
}
