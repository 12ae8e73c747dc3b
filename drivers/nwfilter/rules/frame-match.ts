import { arpOperations, etherTypes, ipProtocols, numberOf } from '../../xml/nwfilter/value-kinds.ts';
import { addressField, cannot, compared, field, macField, NEVER, range } from './comparison.ts';
import type { Operands } from './concrete-rule.ts';

/** A number, or a name that has one. */
const numberIn =
  (names: Readonly<Record<string, number>>) =>
  (text: string): string =>
    String(Object.hasOwn(names, text) ? names[text] : numberOf(text));

const etherNumber = numberIn(etherTypes);
const ipNumber = numberIn(ipProtocols);

export const ofType = (type: keyof typeof etherTypes): string =>
  `ether type 0x${etherTypes[type].toString(16).padStart(4, '0')}`;

export const macs = (operands: Operands): string[] => [
  ...macField(operands, 'srcmacaddr', 'srcmacmask', 'ether saddr'),
  ...macField(operands, 'dstmacaddr', 'dstmacmask', 'ether daddr'),
];

/** Where bridges talk to each other. */
export const BRIDGE_GROUP = '01:80:c2:00:00:00';

/** Where the fields of a bridge's message are in its frame, in bits; addresses have six bytes. */
const bridgeFields: readonly (readonly [name: string, offset: number, bits: number])[] = [
  ['type', 160, 8],
  ['flags', 168, 8],
  ['root-priority', 176, 16],
  ['root-cost', 240, 32],
  ['sender-priority', 272, 16],
  ['port', 336, 16],
  ['age', 352, 16],
  ['max-age', 368, 16],
  ['hello-time', 384, 16],
  ['forward-delay', 400, 16],
];
const bridgeAddresses: readonly (readonly [name: string, offset: number])[] = [
  ['root-address', 192],
  ['sender-address', 288],
];

const hexMac = (text: string): string => `0x${text.replaceAll(':', '')}`;

function bridgeAddress(operands: Operands, name: string, offset: number): string[] {
  const [address, mask] = [operands.get(name), operands.get(`${name}-mask`)];
  if (address === undefined) return [];
  const value = BigInt(hexMac(address.text)) & BigInt(hexMac(mask?.text ?? 'ff:ff:ff:ff:ff:ff'));
  const masked = mask === undefined ? `@ll,${offset},48` : `@ll,${offset},48 & ${hexMac(mask.text)}`;
  return [`${masked} ${address.negated ? '!=' : '=='} 0x${value.toString(16)}`];
}

const stp = (operands: Operands): string[] => [
  `ether daddr ${BRIDGE_GROUP}`,
  ...macField(operands, 'srcmacaddr', 'srcmacmask', 'ether saddr'),
  ...bridgeFields.flatMap(([name, offset, bits]) => range(operands, name, `${name}-hi`, `@ll,${offset},${bits}`)),
  ...bridgeAddresses.flatMap(([name, offset]) => bridgeAddress(operands, name, offset)),
];

/** Fields of ARP's packets by nft's names; RARP's are the same, but nft has no names for them. */
const arpFields = {
  arp: {
    hardware: 'arp htype',
    protocol: 'arp ptype',
    lengths: ['arp hlen 6', 'arp plen 4'],
    operation: 'arp operation',
    sourceMac: 'arp saddr ether',
    sourceIp: 'arp saddr ip',
    targetMac: 'arp daddr ether',
    targetIp: 'arp daddr ip',
  },
  rarp: {
    hardware: '@nh,0,16',
    protocol: '@nh,16,16',
    lengths: ['@nh,32,8 6', '@nh,40,8 4'],
    operation: '@nh,48,16',
    sourceMac: '@nh,64,48',
    sourceIp: '@nh,112,32',
    targetMac: '@nh,144,48',
    targetIp: '@nh,192,32',
  },
} as const;

const addressNames = ['arpsrcmacaddr', 'arpdstmacaddr', 'arpsrcipaddr', 'arpdstipaddr'];

function arp(kind: keyof typeof arpFields, operands: Operands): string[] {
  const names = arpFields[kind];
  if (operands.get('gratuitous')?.text === 'true') throw cannot('gratuitous ARP (two fields that are the same)');
  const mac = kind === 'arp' ? undefined : hexMac;
  const ip = kind === 'arp' ? addressField : rawAddress;
  return [
    ofType(kind),
    ...macs(operands),
    // a packet of other lengths has its addresses elsewhere
    ...(addressNames.some(name => operands.has(name)) ? names.lengths : []),
    ...field(operands, 'hwtype', names.hardware),
    ...field(operands, 'protocoltype', names.protocol),
    ...field(operands, 'opcode', names.operation, numberIn(arpOperations)),
    ...field(operands, 'arpsrcmacaddr', names.sourceMac, mac ?? (text => text)),
    ...ip(operands, 'arpsrcipaddr', 'arpsrcipmask', names.sourceIp),
    ...field(operands, 'arpdstmacaddr', names.targetMac, mac ?? (text => text)),
    ...ip(operands, 'arpdstipaddr', 'arpdstipmask', names.targetIp),
  ];
}

/** An IPv4 address where nft knows of four bytes only. */
function rawAddress(operands: Operands, name: string, maskName: string, expression: string): string[] {
  const operand = operands.get(name);
  if (operand === undefined) return [];
  if (operand.learned) return [compared(expression, `@${operand.text}`, operand.negated)];
  const prefix = numberOf(operands.get(maskName)?.text ?? '32');
  if (prefix === 0) return operand.negated ? [NEVER] : [];
  const mask = (0xffff_ffff << (32 - prefix)) >>> 0;
  const value = operand.text.split('.').reduce((all, byte) => all * 256 + Number(byte), 0);
  return [
    `${expression} & 0x${mask.toString(16)} ${operand.negated ? '!=' : '=='} 0x${((value & mask) >>> 0).toString(16)}`,
  ];
}

const ports = (operands: Operands): string[] => [
  ...range(operands, 'srcportstart', 'srcportend', 'th sport'),
  ...range(operands, 'dstportstart', 'dstportend', 'th dport'),
];

/** Comparisons of the protocols whose rules see frames. */
export const frameMatches: Readonly<Record<string, (operands: Operands) => string[]>> = {
  mac: operands => [...macs(operands), ...field(operands, 'protocolid', 'ether type', etherNumber)],
  vlan: operands => [
    ofType('vlan'),
    ...macs(operands),
    ...field(operands, 'vlanid', 'vlan id'),
    ...field(operands, 'encap-protocol', 'vlan type', etherNumber),
  ],
  stp,
  arp: operands => arp('arp', operands),
  rarp: operands => arp('rarp', operands),
  ip: operands => [
    ofType('ipv4'),
    ...macs(operands),
    ...addressField(operands, 'srcipaddr', 'srcipmask', 'ip saddr'),
    ...addressField(operands, 'dstipaddr', 'dstipmask', 'ip daddr'),
    ...field(operands, 'protocol', 'ip protocol', ipNumber),
    ...ports(operands),
    ...field(operands, 'dscp', 'ip dscp'),
  ],
  ipv6: operands => [
    ofType('ipv6'),
    ...macs(operands),
    ...addressField(operands, 'srcipaddr', 'srcipmask', 'ip6 saddr'),
    ...addressField(operands, 'dstipaddr', 'dstipmask', 'ip6 daddr'),
    ...field(operands, 'protocol', 'meta l4proto', ipNumber),
    ...ports(operands),
    ...range(operands, 'type', 'typeend', 'icmpv6 type'),
    ...range(operands, 'code', 'codeend', 'icmpv6 code'),
  ],
};
