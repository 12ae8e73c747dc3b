import { attribute } from '../ffi/netlink-attributes.ts';
import type { RateLimit } from './rate-limit.ts';

/** Parameters of the kernel's hierarchical token bucket. */

export const htb = { parameters: 1, init: 2, rate: 6, ceiling: 7 } as const;

/** struct tc_htb_glob: version 3; what no filter sorts goes to a class of its own. */
export function htbInit(defaultClass: number): Buffer {
  const bytes = Buffer.alloc(20);
  bytes.writeUInt32LE(3, 0);
  bytes.writeUInt32LE(10, 4);
  bytes.writeUInt32LE(defaultClass & 0xffff, 8);
  return bytes;
}

const ethernet = 1;
const SMALLEST_BURST = 1_600n;
/** What one class may send before it is another's turn; there is no other. */
const QUANTUM = 65_536;

/** struct tc_htb_opt, with the rates in 64 bits beside it. */
export function htbClass({ rate, peak, burst }: RateLimit): Buffer[] {
  const ceiling = peak === null || peak < rate ? rate : peak;
  const bytes = Buffer.alloc(44);
  for (const [at, value] of [
    [0, rate],
    [12, ceiling],
  ] as const) {
    bytes.writeUInt8(ethernet, at + 1);
    bytes.writeUInt32LE(Number(value < 0xffff_ffffn ? value : 0xffff_ffffn), at + 8);
  }
  bytes.writeUInt32LE(ticks(burst ?? inTenMilliseconds(rate), rate), 24);
  bytes.writeUInt32LE(
    ticks(peak === null ? (burst ?? inTenMilliseconds(rate)) : inTenMilliseconds(ceiling), ceiling),
    28,
  );
  bytes.writeUInt32LE(QUANTUM, 32);
  return [attribute(htb.parameters, bytes), attribute(htb.rate, u64(rate)), attribute(htb.ceiling, u64(ceiling))];
}

const inTenMilliseconds = (rate: bigint): bigint => (rate / 100n < SMALLEST_BURST ? SMALLEST_BURST : rate / 100n);

/** How long bytes take at a rate, in the queues' units of 64 ns. */
function ticks(bytes: bigint, rate: bigint): number {
  const count = (bytes * 1_000_000_000n) / rate / 64n;
  return Number(count < 0xffff_ffffn ? count : 0xffff_ffffn);
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}
