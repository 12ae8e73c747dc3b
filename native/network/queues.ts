import { attribute, nest, text } from '../ffi/netlink-attributes.ts';
import { NetlinkError, routeRequestInBackground } from '../ffi/rtnetlink.ts';
import { flags } from './link-message.ts';

/** Queues of links, their classes and filters, as messages to the kernel. */

export const messageTypes = { newQueue: 36, deleteQueue: 37, newClass: 40, newFilter: 44 } as const;
const attributes = { kind: 1, options: 2 } as const;
/** Places in a link's tree of queues: major number, minor number. */
export const places = {
  root: 0xffff_ffff,
  ingress: 0xffff_fff1,
  ingressFilters: 0xffff_0000,
  tree: 0x1_0000,
  only: 0x1_0001,
  leaf: 0x2_0000,
} as const;

export interface Place {
  readonly link: number;
  readonly parent: number;
  readonly handle: number;
  readonly info?: number;
}

/** struct tcmsg with a kind. */
export function body(
  { link, parent, handle, info = 0 }: Place,
  kind: string | null,
  ...options: readonly Buffer[]
): Buffer {
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

/** In the background, since a queue is exchanged in the course of an RCU grace period. */
export const add = (name: string, type: number, message: Buffer): Promise<void> =>
  routeRequestInBackground({ type, flags: flags.create | flags.exclusive, body: message, subject: name });

/** Whatever its handle: without one the kernel says the same of a link that never had a queue and of one that had. */
export async function remove(name: string, place: Place): Promise<void> {
  const message = body({ ...place, handle: 0 }, null);
  try {
    await routeRequestInBackground({ type: messageTypes.deleteQueue, body: message, subject: name });
  } catch (error) {
    if (!isNone(error)) throw error;
  }
}

/** What is not there: a queue that was to be removed, or a kind of queue in this kernel. */
export const isNone = (error: unknown): boolean => error instanceof NetlinkError && error.code === 'ENOENT';

/** Priority 1, and ETH_P_ALL in network order. */
export const allProtocols = 0x1_0300;
