import type { AttachType } from '../../ffi/bpf.ts';
import type { AddressSet, Words } from './address-set.ts';
import { wordsOf } from './address-set.ts';
import { Code, Register } from './code.ts';

const { CONTEXT, A, B, C, FRAME, SAVED, VALUE } = Register;

/** struct bpf_sock_addr: where the parts of an address lie in a program's context. */
const at = { ipv4: 4, ipv6: 8, sourceIpv4: 40, sourceIpv6: 44 } as const;

const AF_INET = 2;
const AF_INET6 = 10;

/** The helper that gives an unbound socket its own address while it connects. */
const BIND = 64;

/** sizeof of struct sockaddr_in and sockaddr_in6. */
const sizes = { ipv4: 16, ipv6: 28 } as const;

const DENY = 0;
const ALLOW = 1;

/** The first 8 bits of an IPv4 address, as a word in network order is read. */
const FIRST_BYTE = 0xff;
const LOOPBACK_BYTE = 127;

const any4 = wordsOf('0.0.0.0');
const any6 = wordsOf('::');
const loopback6 = wordsOf('::1');
/** ::ffff:a.b.c.d up to its last word. */
const mapped = wordsOf('::ffff:0.0.0.0').slice(0, 3);

type Family = 'ipv4' | 'ipv6';

/** Jumps to `goto` when the words at `offset` of the context are these. */
function jumpIfWords(code: Code, offset: number, words: Words, goto: string): void {
  const next = code.name();
  for (const [index, word] of words.entries()) {
    code.load(VALUE, SAVED, offset + 4 * index);
    if (index === words.length - 1) code.jumpIf(VALUE, word, goto);
    else code.jumpUnless(VALUE, word, next);
  }
  code.label(next);
}

function storeWords(code: Code, offset: number, words: Words): void {
  for (const [index, word] of words.entries()) {
    code.setWord(VALUE, word);
    code.store(SAVED, offset + 4 * index, VALUE);
  }
}

/** Jumps to `goto` when the address at `offset` lies in 127.0.0.0/8. */
function jumpIfLoopback(code: Code, offset: number, goto: string): void {
  code.load(VALUE, SAVED, offset);
  code.and(VALUE, FIRST_BYTE);
  code.jumpIf(VALUE, LOOPBACK_BYTE, goto);
}

function begin(): Code {
  const code = new Code();
  code.copy(SAVED, CONTEXT);
  return code;
}

/**
 * Which address a socket may have. Any address of the loopback becomes the guest's own. "All addresses" becomes the
 * guest's only one; with several it stays, and what arrives for others is dropped on its way in.
 */
function bind(set: AddressSet, family: Family): Code {
  const code = begin();
  if (family === 'ipv4') bindIpv4(code, set, at.ipv4);
  else {
    for (const words of set.ipv6) jumpIfWords(code, at.ipv6, words, 'allow');
    jumpIfWords(code, at.ipv6, any6, 'any');
    jumpIfWords(code, at.ipv6, mapped, 'mapped');
    code.jump('deny');
    code.label('any');
    bindAnyIpv6(code, set);
    code.label('mapped');
    bindIpv4(code, set, at.ipv6 + 12);
  }
  finish(code);
  return code;
}

function finish(code: Code): void {
  code.end('allow', ALLOW);
  code.end('deny', DENY);
}

function bindIpv4(code: Code, set: AddressSet, offset: number): void {
  const [only, ...others] = set.ipv4;
  for (const words of set.ipv4) jumpIfWords(code, offset, words, 'allow');
  jumpIfWords(code, offset, any4, 'any4');
  jumpIfLoopback(code, offset, 'loopback');
  code.jump('deny');
  code.label('loopback');
  storeWords(code, offset, set.loopback);
  code.jump('allow');
  code.label('any4');
  if (only !== undefined && others.length === 0) storeWords(code, offset, only);
  code.jump(only === undefined ? 'deny' : 'allow');
}

/** A socket for both families that has all addresses: without one of IPv6 it is one for IPv4. */
function bindAnyIpv6(code: Code, set: AddressSet): void {
  const [only, ...others] = set.ipv6;
  const [mappedOnly, ...mappedOthers] = set.ipv4;
  if (only === undefined && mappedOnly !== undefined && mappedOthers.length === 0)
    storeWords(code, at.ipv6, [...mapped, ...mappedOnly]);
  if (only !== undefined && others.length === 0 && mappedOnly === undefined) storeWords(code, at.ipv6, only);
  code.jump(only === undefined && mappedOnly === undefined ? 'deny' : 'allow');
}

/**
 * Where a socket may connect, or send, to: the guest's own addresses and every other host. The loopback is the guest's
 * own. A socket that connects without an address gets the guest's first.
 */
function reach(set: AddressSet, family: Family, others: AddressSet, connects: boolean): Code {
  const code = begin();
  if (family === 'ipv4') reachIpv4(code, set, others, at.ipv4, connects);
  else {
    const [first] = set.ipv6;
    jumpIfWords(code, at.ipv6, mapped, 'mapped');
    // To the kernel this is another name of the host's loopback, also of that of IPv4 for a socket that has such an address.
    jumpIfWords(code, at.ipv6, any6, 'deny');
    jumpIfWords(code, at.ipv6, loopback6, 'deny');
    for (const words of others.ipv6) jumpIfWords(code, at.ipv6, words, 'deny');
    if (first !== undefined && connects) takeAddress(code, first);
    else if (first !== undefined) takeSource(code, at.sourceIpv6, any6, first);
    code.jump(first === undefined ? 'deny' : 'allow');
    code.label('mapped');
    reachIpv4(code, set, others, at.ipv6 + 12, connects);
  }
  finish(code);
  return code;
}

/** `offset` tells whether the address stands alone or at the end of one of IPv6. */
function reachIpv4(code: Code, set: AddressSet, others: AddressSet, offset: number, connects: boolean): void {
  const [first] = set.ipv4;
  const own = (words: Words): Words => (offset === at.ipv4 ? words : [...mapped, ...words]);
  jumpIfLoopback(code, offset, 'loopback');
  for (const words of others.ipv4) jumpIfWords(code, offset, words, 'deny');
  if (first !== undefined && connects) takeAddress(code, own(first));
  else if (first !== undefined && offset === at.ipv4) takeSource(code, at.sourceIpv4, any4, first);
  code.jump(first === undefined ? 'deny' : 'allow');
  code.label('loopback');
  storeWords(code, offset, set.loopback);
  if (connects) takeAddress(code, own(set.loopback));
  code.jump('allow');
}

/** The source of a message that has none. */
function takeSource(code: Code, offset: number, none: Words, words: Words): void {
  const take = code.name();
  jumpIfWords(code, offset, none, take);
  code.jump('allow');
  code.label(take);
  storeWords(code, offset, words);
}

/** Binds to a port of the kernel's choice. A socket that has an address already refuses, and keeps it. */
function takeAddress(code: Code, words: Words): void {
  const ipv6 = words.length === 4;
  const size = ipv6 ? sizes.ipv6 : sizes.ipv4;
  const start = -(ipv6 ? 32 : 16);
  for (let offset = start; offset < 0; offset += 4) code.storeNumber(FRAME, offset, 0);
  code.setWord(VALUE, ipv6 ? AF_INET6 : AF_INET);
  code.storeHalf(FRAME, start, VALUE);
  for (const [index, word] of words.entries()) code.storeNumber(FRAME, start + (ipv6 ? 8 : 4) + 4 * index, word);
  code.copy(A, SAVED);
  code.copy(B, FRAME);
  code.add(B, start);
  code.set(C, size);
  code.call(BIND);
}

/** The programs for a guest's sockets; `others` are the host's addresses that are not the guest's. */
export function socketPrograms(set: AddressSet, others: AddressSet): ReadonlyMap<AttachType, Buffer> {
  return new Map<AttachType, Buffer>([
    ['bind4', bind(set, 'ipv4').assemble()],
    ['bind6', bind(set, 'ipv6').assemble()],
    ['connect4', reach(set, 'ipv4', others, true).assemble()],
    ['connect6', reach(set, 'ipv6', others, true).assemble()],
    ['send4', reach(set, 'ipv4', others, false).assemble()],
    ['send6', reach(set, 'ipv6', others, false).assemble()],
  ]);
}
