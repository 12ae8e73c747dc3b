import { endianness } from 'node:os';
import type { AttachType } from '../../ffi/bpf.ts';
import type { AddressSet, Words } from './address-set.ts';
import { Code, Register } from './code.ts';

const { CONTEXT, A, B, C, D, FRAME, RESULT, SAVED, VALUE } = Register;

/** The helper that copies bytes of a packet, from its network header on, to the stack. */
const LOAD_BYTES = 26;

/** Where struct __sk_buff keeps the protocol: an ethertype in network order. */
const PROTOCOL = 16;

const ethertype = (number: number): number => (endianness() === 'LE' ? ((number & 0xff) << 8) | (number >> 8) : number);

/** Where the addresses lie in a packet's header. */
const families = [
  { type: ethertype(0x0800), source: 12, destination: 16 },
  { type: ethertype(0x86dd), source: 8, destination: 24 },
] as const;

/**
 * Drops packets that are not the guest's own: whatever a socket of it was bound to, what leaves has one of its
 * addresses as the source, and what arrives for another address is not seen.
 */
function packets(set: AddressSet, end: 'source' | 'destination'): Buffer {
  const own = [[set.loopback, ...set.ipv4], set.ipv6];
  const code = new Code();
  code.copy(SAVED, CONTEXT);
  code.load(VALUE, CONTEXT, PROTOCOL);
  for (const [index, family] of families.entries()) {
    const next = code.name();
    code.jumpUnless(VALUE, family.type, next);
    allow(code, family[end], own[index] ?? []);
    code.jump('drop');
    code.label(next);
  }
  code.jump('drop');
  code.end('pass', 1);
  code.end('drop', 0);
  return code.assemble();
}

/** Jumps to "pass" when the address at `offset` of the packet is one of these. */
function allow(code: Code, offset: number, addresses: readonly Words[]): void {
  const [first] = addresses;
  if (first === undefined) return;
  const size = 4 * first.length;
  code.copy(A, SAVED);
  code.set(B, offset);
  code.copy(C, FRAME);
  code.add(C, -size);
  code.set(D, size);
  code.call(LOAD_BYTES);
  code.jumpUnless(RESULT, 0, 'drop');
  for (const words of addresses) {
    const next = code.name();
    for (const [index, word] of words.entries()) {
      code.load(VALUE, FRAME, 4 * index - size);
      if (index === words.length - 1) code.jumpIf(VALUE, word, 'pass');
      else code.jumpUnless(VALUE, word, next);
    }
    code.label(next);
  }
}

/** The programs for what a guest's sockets receive and send. */
export function packetPrograms(set: AddressSet): ReadonlyMap<AttachType, Buffer> {
  return new Map<AttachType, Buffer>([
    ['packetIn', packets(set, 'destination')],
    ['packetOut', packets(set, 'source')],
  ]);
}
