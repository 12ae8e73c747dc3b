import { closeQuietly } from '../ffi/libc.ts';
import { attribute, nest, text, u32 } from '../ffi/netlink-attributes.ts';
import { NetlinkError, routeRequestInBackground } from '../ffi/rtnetlink.ts';
import { flags } from './link-message.ts';
import { getLink } from './links.ts';
import { loadPolicer } from './policer.ts';

/**
 * How fast a link of the host may send and receive. It goes with the link. What is sent too fast waits in a queue (htb,
 * with fq_codel in it where the kernel has that); what is received too fast is dropped, since it cannot wait anywhere.
 */
export interface RateLimit {
  /** Bytes a second, in the mean. */
  readonly rate: bigint;
  /** Bytes a second, during a burst; null is the rate. */
  readonly peak: bigint | null;
  /** Bytes; null is what comes in 10 ms when sending, in a second when receiving. */
  readonly burst: bigint | null;
}

const messageTypes = { newQueue: 36, deleteQueue: 37, newClass: 40, newFilter: 44 } as const;
const attributes = { kind: 1, options: 2 } as const;
/** Places in a link's tree of queues: major number, minor number. */
const places = {
  root: 0xffff_ffff,
  ingress: 0xffff_fff1,
  ingressFilters: 0xffff_0000,
  tree: 0x1_0000,
  only: 0x1_0001,
  leaf: 0x2_0000,
} as const;

interface Place {
  readonly link: number;
  readonly parent: number;
  readonly handle: number;
  readonly info?: number;
}

/** struct tcmsg with a kind. */
function body({ link, parent, handle, info = 0 }: Place, kind: string | null, ...options: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(20);
  header.writeInt32LE(link, 4);
  header.writeUInt32LE(handle, 8);
  header.writeUInt32LE(parent, 12);
  header.writeUInt32LE(info, 16);
  return Buffer.concat([
    header,
    ...(kind === null ? [] : [attribute(attributes.kind, text(kind))]),
    ...(options.length === 0 ? [] : [nest(attributes.options, ...options)]),
  ]);
}

/** Sets how fast the link `name` sends; null is as fast as it can. Throws NetlinkError: ENOENT when the kernel has no htb. */
export async function limitSending(name: string, limit: RateLimit | null): Promise<void> {
  const link = getLink(name).index;
  const root = { link, parent: places.root, handle: places.tree };
  await remove(name, root);
  if (limit === null) return;
  await add(name, messageTypes.newQueue, body(root, 'htb', attribute(htb.init, htbInit())));
  await add(
    name,
    messageTypes.newClass,
    body({ link, parent: places.tree, handle: places.only }, 'htb', ...htbClass(limit)),
  );
  try {
    await add(name, messageTypes.newQueue, body({ link, parent: places.only, handle: places.leaf }, 'fq_codel'));
  } catch (error) {
    // without it connections are not kept apart: the queue is first in, first out
    if (!isNone(error)) throw error;
  }
}

/** Sets how fast the link `name` receives; there is no peak. Throws NetlinkError: ENOENT when the kernel lacks what it takes. */
export async function limitReceiving(name: string, limit: RateLimit | null): Promise<void> {
  const link = getLink(name).index;
  const ingress = { link, parent: places.ingress, handle: places.ingressFilters };
  await remove(name, ingress);
  if (limit === null) return;
  await add(name, messageTypes.newQueue, body(ingress, 'ingress'));
  const program = loadPolicer(limit.rate, limit.burst ?? limit.rate);
  try {
    const place = { link, parent: places.ingressFilters, handle: 1, info: allProtocols };
    await add(
      name,
      messageTypes.newFilter,
      body(
        place,
        'bpf',
        attribute(filter.descriptor, u32(program)),
        attribute(filter.name, text('lxvirtd_police')),
        attribute(filter.flags, u32(givesVerdict)),
      ),
    );
  } finally {
    closeQuietly(program);
  }
}

/** In the background, since a queue is exchanged in the course of an RCU grace period. */
const add = (name: string, type: number, message: Buffer): Promise<void> =>
  routeRequestInBackground({ type, flags: flags.create | flags.exclusive, body: message, subject: name });

/** Whatever its handle: without one the kernel says the same of a link that never had a queue and of one that had. */
async function remove(name: string, place: Place): Promise<void> {
  const message = body({ ...place, handle: 0 }, null);
  try {
    await routeRequestInBackground({ type: messageTypes.deleteQueue, body: message, subject: name });
  } catch (error) {
    if (!isNone(error)) throw error;
  }
}

/** What is not there: a queue that was to be removed, or a kind of queue in this kernel. */
const isNone = (error: unknown): boolean => error instanceof NetlinkError && error.code === 'ENOENT';

const filter = { descriptor: 6, name: 7, flags: 8 } as const;
const givesVerdict = 1;
/** Priority 1, and ETH_P_ALL in network order. */
const allProtocols = 0x1_0300;

const htb = { parameters: 1, init: 2, rate: 6, ceiling: 7 } as const;

/** struct tc_htb_glob: version 3; what no filter sorts goes to class 1. */
function htbInit(): Buffer {
  const bytes = Buffer.alloc(20);
  bytes.writeUInt32LE(3, 0);
  bytes.writeUInt32LE(10, 4);
  bytes.writeUInt32LE(places.only & 0xffff, 8);
  return bytes;
}

const ethernet = 1;
const SMALLEST_BURST = 1_600n;
/** What one class may send before it is another's turn; there is no other. */
const QUANTUM = 65_536;

/** struct tc_htb_opt, with the rates in 64 bits beside it. */
function htbClass({ rate, peak, burst }: RateLimit): Buffer[] {
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
