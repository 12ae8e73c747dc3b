import { ipProtocols, numberOf, stateNames, tcpFlagNames } from '../../xml/nwfilter/value-kinds.ts';
import { addressField, addressRange, cannot, field, macField, range } from './comparison.ts';
import type { Operands } from './concrete-rule.ts';
import { ofType } from './frame-match.ts';

/** The options of TCP that nft has names for, by their numbers. */
const tcpOptions: Readonly<Record<number, string>> = {
  2: 'maxseg',
  3: 'window',
  4: 'sack-perm',
  5: 'sack',
  8: 'timestamp',
};

/** Of a protocol above IP: the element's name without the family. */
export interface PacketProtocol {
  readonly family: 4 | 6;
  readonly name: string;
}

export function packetProtocol(element: string): PacketProtocol {
  if (element === 'icmpv6') return { family: 6, name: element };
  const name = element.replace(/-ipv6$/, '');
  return { family: name === element ? 4 : 6, name };
}

function protocolNumber(name: string): number | null {
  for (const [known, number] of Object.entries(ipProtocols)) if (known === name) return number;
  return null;
}

/** Comparisons of a packet; what is about connections is not among them. Throws configUnsupported for what there are no means for. */
export function packetMatch(element: string, operands: Operands): string[] {
  const { family, name } = packetProtocol(element);
  if (operands.has('ipset')) throw cannot('sets of the kernel by their names (ipset)');
  if (operands.has('connlimit-above')) throw cannot('the number of connections (connlimit-above)');
  const ip = family === 4 ? 'ip' : 'ip6';
  const number = protocolNumber(name);
  return [
    ofType(family === 4 ? 'ipv4' : 'ipv6'),
    ...(number === null ? [] : [`${family === 4 ? 'ip protocol' : 'meta l4proto'} ${number}`]),
    ...macField(operands, 'srcmacaddr', 'srcmacmask', 'ether saddr'),
    ...macField(operands, 'dstmacaddr', 'dstmacmask', 'ether daddr'),
    ...addressField(operands, 'srcipaddr', 'srcipmask', `${ip} saddr`),
    ...addressField(operands, 'dstipaddr', 'dstipmask', `${ip} daddr`),
    ...addressRange(operands, 'srcipfrom', 'srcipto', `${ip} saddr`),
    ...addressRange(operands, 'dstipfrom', 'dstipto', `${ip} daddr`),
    ...field(operands, 'dscp', `${ip} dscp`),
    ...range(operands, 'srcportstart', 'srcportend', 'th sport'),
    ...range(operands, 'dstportstart', 'dstportend', 'th dport'),
    ...field(operands, 'type', family === 4 ? 'icmp type' : 'icmpv6 type'),
    ...field(operands, 'code', family === 4 ? 'icmp code' : 'icmpv6 code'),
    ...tcpOption(operands),
    ...tcpFlags(operands),
  ];
}

function tcpOption(operands: Operands): string[] {
  const option = operands.get('option');
  if (option === undefined || option.text === '0') return [];
  const name = tcpOptions[numberOf(option.text)];
  if (name === undefined) throw cannot(`TCP's option ${option.text}`);
  return [`tcp option ${name} ${option.negated ? 'missing' : 'exists'}`];
}

const flagBits = (names: string): string => {
  if (names === 'NONE') return '0x0';
  const list = names === 'ALL' ? [...tcpFlagNames] : names.split(',');
  return `(${list.map(name => name.toLowerCase()).join(' | ')})`;
};

function tcpFlags(operands: Operands): string[] {
  const operand = operands.get('flags');
  if (operand === undefined) return [];
  const [mask = '', flags = ''] = operand.text.split('/');
  return [`tcp flags & ${flagBits(mask)} ${operand.negated ? '!=' : '=='} ${flagBits(flags)}`];
}

export type ConnectionState = (typeof stateNames)[number];

/** The states that a rule names itself; null when it names none, which leaves it to the driver. */
export function namedStates(operands: Operands): readonly ConnectionState[] | 'none' | null {
  const text = operands.get('state')?.text ?? '';
  if (text === '') return null;
  if (text === 'NONE') return 'none';
  return stateNames.filter(name => text.split(',').includes(name));
}
