/**
 * Requests to the kernel's routing netlink, and to those that are spoken to in the same way. The kernel has done what a request asks before send(2) returns, so a request
 * is one send and one recv; each has a socket of its own. What waits for an RCU grace period in there (deleting a link,
 * moving one into another network namespace) is sent from a thread of the pool: `routeRequestInBackground`.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { checked, closeQuietly, libc, SystemCallError } from './libc.ts';
import { parseAttributes, parseText } from './netlink-attributes.ts';

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const protocols = { route: 0, netfilter: 12 } as const;
type NetlinkProtocol = keyof typeof protocols;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;

const headerSize = 16;
const types = { error: 2, done: 3 } as const;
const flagBits = { request: 0x1, acknowledge: 0x4, dump: 0x300, attributes: 0x200 } as const;
const errorText = 1;

/** The kernel cuts its dumps into datagrams of at most 32 KiB. */
const receiveSize = 65536;

const cSocket: (domain: number, type: number, protocol: number) => number = libc.func('int socket(int, int, int)');
const cSetsockopt: (fd: number, level: number, option: number, value: Buffer, size: number) => number = libc.func(
  'int setsockopt(int fd, int level, int option, void *value, unsigned int size)',
);
const sendFunction = libc.func('intptr_t send(int fd, void *data, size_t size, int flags)');
const cSend: (fd: number, data: Buffer, size: number, flags: number) => number = sendFunction;
const cRecv: (fd: number, data: Buffer, size: number, flags: number) => number = libc.func(
  'intptr_t recv(int fd, void *data, size_t size, int flags)',
);

/** A message of the kernel, without its header. */
export interface NetlinkMessage {
  readonly type: number;
  readonly body: Buffer;
}

/** What is asked: a message type, its flags beyond REQUEST and ACK, the bytes behind the header, and the name it is about. */
export interface NetlinkRequest {
  /** Whose: routing's unless it is said. */
  readonly protocol?: NetlinkProtocol;
  readonly type: number;
  readonly flags?: number;
  readonly body: Buffer;
  readonly subject: string;
}

/** What the kernel answered, with its own sentence where it has one. */
export class NetlinkError extends SystemCallError {
  constructor(errno: number, subject: string, sentence: string | null) {
    super('rtnetlink', errno, subject);
    if (sentence !== null) this.message += ` (${sentence})`;
  }
}

/** Throws NetlinkError. */
export function routeRequest(request: NetlinkRequest): void {
  using socket = new RouteSocket();
  socket.send(request, flagBits.acknowledge);
  socket.receive(request);
}

/** The same off the event loop. */
export async function routeRequestInBackground(request: NetlinkRequest): Promise<void> {
  using socket = new RouteSocket();
  await socket.sendInBackground([request], flagBits.acknowledge);
  socket.receive(request);
}

/**
 * Requests that the kernel gets together and does one after the other, off the event loop: nothing comes between that this
 * process could leave undone. Returns for each what it failed with, or null.
 */
export async function routeRequestsInBackground(
  requests: readonly NetlinkRequest[],
): Promise<readonly (NetlinkError | null)[]> {
  using socket = new RouteSocket();
  await socket.sendInBackground(requests, flagBits.acknowledge);
  return requests.map(request => socket.outcome(request));
}

/** One object. Throws NetlinkError, ENODEV for a link that there is not. */
export function routeGet(request: NetlinkRequest): NetlinkMessage {
  using socket = new RouteSocket(request.protocol);
  socket.send(request, 0);
  const [message] = socket.receive(request);
  if (message === undefined) throw new RangeError('netlink sent an empty answer');
  return message;
}

/** All objects of a kind, or the first `limit` of them: each one costs the event loop its time. */
export function routeDump(request: NetlinkRequest, limit: number = Number.POSITIVE_INFINITY): NetlinkMessage[] {
  using socket = new RouteSocket(request.protocol);
  socket.send(request, flagBits.dump);
  const all: NetlinkMessage[] = [];
  for (;;) {
    const part = socket.receive(request);
    all.push(...part.filter(({ type }) => type !== types.done));
    if (all.length >= limit) return all.slice(0, limit);
    if (part.length === 0 || part.some(({ type }) => type === types.done)) return all;
  }
}

/** The same for what may be much: others have their turn between two datagrams of it. */
export async function routeDumpInParts(
  request: NetlinkRequest,
  take: (message: NetlinkMessage) => void,
): Promise<void> {
  using socket = new RouteSocket(request.protocol);
  socket.send(request, flagBits.dump);
  for (;;) {
    const part = socket.receive(request);
    for (const message of part) if (message.type !== types.done) take(message);
    if (part.length === 0 || part.some(({ type }) => type === types.done)) return;
    await nextTurn();
  }
}

class RouteSocket {
  readonly #fd: number;

  constructor(protocol: NetlinkProtocol = 'route') {
    this.#fd = checked('socket(AF_NETLINK)', cSocket(AF_NETLINK, SOCK_RAW_CLOEXEC, protocols[protocol]));
    const on = Buffer.from([1, 0, 0, 0]);
    // Answers carry the kernel's own sentence, and not the request again; dumps heed what they are asked for. Kernels that
    // cannot do without.
    for (const option of [NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK])
      cSetsockopt(this.#fd, SOL_NETLINK, option, on, on.length);
  }

  [Symbol.dispose](): void {
    closeQuietly(this.#fd);
  }

  send(request: NetlinkRequest, flags: number): void {
    const message = encode(request, flags);
    checked('send', cSend(this.#fd, message, message.length, 0), request.subject);
  }

  async sendInBackground(requests: readonly NetlinkRequest[], flags: number): Promise<void> {
    const message = Buffer.concat(requests.map(request => encode(request, flags)));
    const subject = requests[0]?.subject ?? '';
    // Its errno is another thread's; a send that failed leaves no answer, which recv reports.
    await new Promise<void>((resolve, reject) => {
      sendFunction.async(this.#fd, message, message.length, 0, (error: unknown, sent: number) => {
        if (error === null && sent === message.length) resolve();
        else reject(new Error(`netlink did not take a request for '${subject}'`, { cause: error }));
      });
    });
  }

  /** What one of several requests failed with; null for one that did not. */
  outcome(request: NetlinkRequest): NetlinkError | null {
    try {
      this.receive(request);
      return null;
    } catch (error) {
      if (error instanceof NetlinkError) return error;
      throw error;
    }
  }

  /** The messages of one datagram. Throws what an error message among them says; an acknowledgement is none. */
  receive({ subject }: NetlinkRequest): NetlinkMessage[] {
    const buffer = Buffer.alloc(receiveSize);
    const size = checked('recv', cRecv(this.#fd, buffer, buffer.length, 0), subject);
    return decode(buffer.subarray(0, size), subject);
  }
}

function encode({ type, flags = 0, body }: NetlinkRequest, more: number): Buffer {
  const header = Buffer.alloc(headerSize);
  header.writeUInt32LE(headerSize + body.length, 0);
  header.writeUInt16LE(type, 4);
  header.writeUInt16LE(flagBits.request | more | flags, 6);
  return Buffer.concat([header, body]);
}

/** Takes a datagram apart. Throws RangeError when a message runs past its end. */
export function decode(datagram: Buffer, subject: string): NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  for (let at = 0; at + headerSize <= datagram.length;) {
    const length = datagram.readUInt32LE(at);
    if (length < headerSize || at + length > datagram.length)
      throw new RangeError('a netlink message runs past its datagram');
    const type = datagram.readUInt16LE(at + 4);
    const flags = datagram.readUInt16LE(at + 6);
    const body = datagram.subarray(at + headerSize, at + length);
    if (type === types.error) throwError(body, flags, subject);
    else messages.push({ type, body });
    at += (length + 3) & ~3;
  }
  return messages;
}

/** struct nlmsgerr: the negative errno, 0 for an acknowledgement, then the header of the request. */
function throwError(body: Buffer, flags: number, subject: string): void {
  const errno = -body.readInt32LE(0);
  if (errno === 0) return;
  const told = (flags & flagBits.attributes) !== 0 ? parseAttributes(body, 4 + headerSize) : new Map<number, Buffer>();
  throw new NetlinkError(errno, subject, parseText(told.get(errorText)));
}
