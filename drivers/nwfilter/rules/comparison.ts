import ipaddr from 'ipaddr.js';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors, type LibvirtError } from '../../contract/error.ts';
import { numberOf } from '../../xml/nwfilter/value-kinds.ts';
import type { Operand, Operands } from './concrete-rule.ts';

/** Throws for what this host's packet filter cannot look at. */
export const cannot = (what: string): LibvirtError =>
  errors.configUnsupported(`network filters cannot match ${what} here`, ErrorDomain.NWFILTER);

/** An expression of nft and what it is compared with; everything in it is a number, an address or one of our own names. */
export function compared(expression: string, value: string, negated: boolean): string {
  return `${expression} ${negated ? '!= ' : ''}${value}`;
}

/** Comparisons of one attribute, none when it is absent. */
export const field = (
  operands: Operands,
  name: string,
  expression: string,
  value: (text: string) => string = text => String(numberOf(text)),
): string[] => {
  const operand = operands.get(name);
  if (operand === undefined) return [];
  return [compared(expression, operand.learned ? `@${operand.text}` : value(operand.text), operand.negated)];
};

/** A value, or a range when its end is given, too; an end alone is a value. */
export function range(operands: Operands, from: string, to: string, expression: string): string[] {
  const [first, last] = [operands.get(from), operands.get(to)];
  const given = first ?? last;
  if (given === undefined) return [];
  const [low, high] = [first ?? given, last ?? given].map(({ text }) => numberOf(text));
  if (low === undefined || high === undefined || high < low)
    throw errors.configUnsupported(`'${to}' of a rule is lower than '${from}'`, ErrorDomain.NWFILTER);
  return [compared(expression, low === high ? String(low) : `${low}-${high}`, given.negated)];
}

const macNumber = (text: string): bigint => BigInt(`0x${text.replaceAll(':', '')}`);
const macText = (value: bigint): string => (value.toString(16).padStart(12, '0').match(/../g) ?? []).join(':');

/** A hardware address below its mask. A mask alone says nothing. */
export function macField(operands: Operands, name: string, maskName: string, expression: string): string[] {
  const operand = operands.get(name);
  if (operand === undefined) return [];
  const mask = operands.get(maskName)?.text;
  if (mask === undefined || mask === 'ff:ff:ff:ff:ff:ff') return [compared(expression, operand.text, operand.negated)];
  const value = macText(macNumber(operand.text) & macNumber(mask));
  return [`${expression} & ${mask} ${operand.negated ? '!=' : '=='} ${value}`];
}

/** An IP address below its mask, or the port's own. */
export function addressField(operands: Operands, name: string, maskName: string, expression: string): string[] {
  const operand = operands.get(name);
  if (operand === undefined) return [];
  const bits = ipBits(operand);
  const prefix = numberOf(operands.get(maskName)?.text ?? String(bits));
  if (operand.learned && prefix !== bits) throw cannot('a network around an address that is yet to be learned');
  if (operand.learned) return [compared(expression, `@${operand.text}`, operand.negated)];
  if (prefix > 0)
    return [
      compared(
        expression,
        prefix === bits ? operand.text : `${network(operand.text, prefix)}/${prefix}`,
        operand.negated,
      ),
    ];
  return operand.negated ? [NEVER] : [];
}

const ipBits = ({ text, learned }: Operand): number => (learned || !text.includes(':') ? 32 : 128);

const network = (address: string, prefix: number): string =>
  address.includes(':')
    ? ipaddr.IPv6.networkAddressFromCIDR(`${address}/${prefix}`).toString()
    : ipaddr.IPv4.networkAddressFromCIDR(`${address}/${prefix}`).toString();

/** A range of addresses, or one. */
export function addressRange(operands: Operands, from: string, to: string, expression: string): string[] {
  const [first, last] = [operands.get(from), operands.get(to)];
  const given = first ?? last;
  if (given === undefined) return [];
  if (given.learned || last?.learned === true) throw cannot('a range of an address that is yet to be learned');
  const text =
    first === undefined || last === undefined || first.text === last.text ? given.text : `${first.text}-${last.text}`;
  return [compared(expression, text, given.negated)];
}

/** Holds for no packet: no frame comes from nobody. */
export const NEVER = 'meta length 0';
