import type { Operands } from './concrete-rule.ts';

/** Rules about both directions are written as for what the guest receives. */
const opposites: readonly (readonly [string, string])[] = [
  ['srcmacaddr', 'dstmacaddr'],
  ['srcmacmask', 'dstmacmask'],
  ['srcipaddr', 'dstipaddr'],
  ['srcipmask', 'dstipmask'],
  ['srcipfrom', 'dstipfrom'],
  ['srcipto', 'dstipto'],
  ['srcportstart', 'dstportstart'],
  ['srcportend', 'dstportend'],
  ['arpsrcmacaddr', 'arpdstmacaddr'],
  ['arpsrcipaddr', 'arpdstipaddr'],
  ['arpsrcipmask', 'arpdstipmask'],
];

const swapped: ReadonlyMap<string, string> = new Map([...opposites, ...opposites.map(([a, b]) => [b, a] as const)]);

/** The same of the packets that go the other way. */
export const reversed = (operands: Operands): Operands =>
  new Map([...operands].map(([name, operand]) => [swapped.get(name) ?? name, operand]));
