import { attribute, u32 } from '../ffi/netlink-attributes.ts';
import { NetlinkError, routeRequestInBackground } from '../ffi/rtnetlink.ts';
import { htb, htbClass, htbInit } from './htb.ts';
import { flags, macBytes } from './link-message.ts';
import { getLink } from './links.ts';
import { add, body, isNone, messageTypes, places, remove, type Place } from './queues.ts';
import type { RateLimit } from './rate-limit.ts';

/**
 * How fast a bridge sends to all its guests together, and what some of them get of that whatever the others ask for. A
 * guest with a floor has a class of its own, found by its MAC address; the rest share one. Each is first in, first out
 * within itself, or fairer where the kernel has fq_codel.
 */

/** 1:1 is what all share, 1:2 those without a floor; a guest's class is numbered from 3 on. */
const shared = 0x1_0001;
const others = 0x1_0002;
/** Of what all share: the others are promised little, and get whatever is left. */
const PROMISE_TO_OTHERS = 100n;

const deleteTypes = { class: 41, filter: 45 } as const;

/** Null: as fast as it can, and no floors. Classes of guests stay when the limit changes. Throws NetlinkError: ENOENT when the kernel has no htb. */
export async function limitShared(name: string, limit: RateLimit | null): Promise<void> {
  const link = getLink(name).index;
  const root: Place = { link, parent: places.root, handle: places.tree };
  if (limit === null) return await remove(name, root);
  const wasThere = await isThere(
    add(name, messageTypes.newQueue, body(root, 'htb', attribute(htb.init, htbInit(others)))),
  );
  await setClass(name, { link, parent: places.tree, handle: shared }, limit);
  const rest = limit.rate / PROMISE_TO_OTHERS;
  await setClass(
    name,
    { link, parent: shared, handle: others },
    { rate: rest < 1n ? 1n : rest, peak: ceiling(limit), burst: limit.burst },
  );
  if (!wasThere) await fairly(name, link, others);
}

/** Promises a guest `floor` bytes a second of what its bridge sends. `id` is from 3 to 65535. */
export async function promiseRate(
  name: string,
  id: number,
  { mac, floor, limit }: { readonly mac: string; readonly floor: bigint; readonly limit: RateLimit },
): Promise<void> {
  const link = getLink(name).index;
  const handle = places.tree + id;
  await setClass(name, { link, parent: shared, handle }, { rate: floor, peak: ceiling(limit), burst: null });
  await fairly(name, link, handle);
  await dropFilter(name, link, id);
  const filter: Place = { link, parent: places.tree, handle: 0, info: filterInfo(id) };
  await add(
    name,
    messageTypes.newFilter,
    body(filter, 'u32', attribute(u32Attributes.class, u32(handle)), attribute(u32Attributes.selector, toMac(mac))),
  );
}

/** Gone already is fine. */
export async function forgetRate(name: string, id: number): Promise<void> {
  const link = getLink(name).index;
  await dropFilter(name, link, id);
  await unlessNone(request(name, deleteTypes.class, { link, parent: 0, handle: places.tree + id }));
}

const ceiling = ({ rate, peak }: RateLimit): bigint => (peak === null || peak < rate ? rate : peak);

/** Makes a class, or changes the one that there is. */
const setClass = (name: string, place: Place, limit: RateLimit): Promise<void> =>
  routeRequestInBackground({
    type: messageTypes.newClass,
    flags: flags.create,
    body: body(place, 'htb', ...htbClass(limit)),
    subject: name,
  });

/** The queue of a class; its number is the class's, as that of a queue. */
async function fairly(name: string, link: number, parent: number): Promise<void> {
  const queue: Place = { link, parent, handle: (parent & 0xffff) << 16 };
  try {
    await isThere(add(name, messageTypes.newQueue, body(queue, 'fq_codel')));
  } catch (error) {
    if (!isNone(error)) throw error;
  }
}

const u32Attributes = { class: 1, selector: 5 } as const;
const TERMINAL = 1;

/** A filter's priority is its class's number, by which it is found again; ETH_P_ALL, in network order. */
const filterInfo = (id: number): number => id * 0x1_0000 + 0x300;

/** struct tc_u32_sel with two keys: the frame's first six bytes, which lie 14 before the network's header. */
function toMac(mac: string): Buffer {
  const bytes = Buffer.alloc(16 + 2 * 16);
  bytes.writeUInt8(TERMINAL, 0);
  bytes.writeUInt8(2, 2);
  const address = macBytes(mac);
  for (const [at, mask, value, offset] of [
    [16, 0xffff_ffff, address.readUInt32BE(0), -14],
    [32, 0xffff_0000, address.readUInt16BE(4) * 0x1_0000, -10],
  ] as const) {
    bytes.writeUInt32BE(mask, at);
    bytes.writeUInt32BE(value, at + 4);
    bytes.writeInt32LE(offset, at + 8);
  }
  return bytes;
}

const dropFilter = (name: string, link: number, id: number): Promise<void> =>
  unlessNone(request(name, deleteTypes.filter, { link, parent: places.tree, handle: 0, info: filterInfo(id) }));

const request = (name: string, type: number, place: Place): Promise<void> =>
  routeRequestInBackground({ type, body: body(place, type === deleteTypes.filter ? 'u32' : null), subject: name });

async function unlessNone(step: Promise<void>): Promise<void> {
  try {
    await step;
  } catch (error) {
    // a bridge without limits has no tree to look in: EINVAL
    if (!isNone(error) && !(error instanceof NetlinkError && error.code === 'EINVAL')) throw error;
  }
}

/** Whether it was there before. */
async function isThere(step: Promise<void>): Promise<boolean> {
  try {
    await step;
    return false;
  } catch (error) {
    if (error instanceof NetlinkError && error.code === 'EEXIST') return true;
    throw error;
  }
}
