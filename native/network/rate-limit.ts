import { closeQuietly } from '../ffi/libc.ts';
import { attribute, text, u32 } from '../ffi/netlink-attributes.ts';
import { getLink } from './links.ts';
import { htb, htbClass, htbInit } from './htb.ts';
import { loadPolicer } from './policer.ts';
import { add, allProtocols, body, isNone, messageTypes, places, remove } from './queues.ts';

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

/** Sets how fast the link `name` sends; null is as fast as it can. Throws NetlinkError: ENOENT when the kernel has no htb. */
export async function limitSending(name: string, limit: RateLimit | null): Promise<void> {
  const link = getLink(name).index;
  const root = { link, parent: places.root, handle: places.tree };
  await remove(name, root);
  if (limit === null) return;
  await add(name, messageTypes.newQueue, body(root, 'htb', attribute(htb.init, htbInit(places.only))));
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

const filter = { descriptor: 6, name: 7, flags: 8 } as const;
const givesVerdict = 1;
