/** What Node's sockets cannot do: pass descriptors, name the peer, send a datagram to a Unix socket. */
import { constants } from 'node:os';
import koffi from 'koffi';
import { checked, closeQuietly, libc, SystemCallError } from './libc.ts';

koffi.struct('lxvirtd_iovec', { base: 'void *', length: 'size_t' });
koffi.struct('lxvirtd_msghdr', {
  name: 'void *',
  nameLength: 'uint32_t',
  vectors: 'lxvirtd_iovec *',
  vectorCount: 'size_t',
  control: 'void *',
  controlLength: 'size_t',
  flags: 'int',
});

interface MessageHeader {
  name: Buffer | null;
  nameLength: number;
  vectors: { base: Buffer; length: number }[];
  vectorCount: number;
  control: Buffer | null;
  controlLength: number;
  flags: number;
}

const cSendmsg: (socket: number, header: MessageHeader, flags: number) => number = libc.func(
  'intptr_t sendmsg(int socket, lxvirtd_msghdr *header, int flags)',
);
const cRecvmsg: (socket: number, header: MessageHeader, flags: number) => number = libc.func(
  'intptr_t recvmsg(int socket, _Inout_ lxvirtd_msghdr *header, int flags)',
);
const cSocket: (domain: number, type: number, protocol: number) => number = libc.func(
  'int socket(int domain, int type, int protocol)',
);
const cGetsockopt: (socket: number, level: number, option: number, value: Buffer, length: [number]) => number =
  libc.func('int getsockopt(int socket, int level, int option, _Out_ void *value, _Inout_ uint32_t *length)');

const cGetsockname: (socket: number, address: Buffer, length: [number]) => number = libc.func(
  'int getsockname(int socket, _Out_ void *address, _Inout_ uint32_t *length)',
);

const cSetsockopt: (socket: number, level: number, option: number, value: [number], size: number) => number = libc.func(
  'int setsockopt(int socket, int level, int option, const int *value, uint32_t size)',
);

const SOL_SOCKET = 1;
const SO_SNDBUFFORCE = 32;
const SO_PEERCRED = 17;
const SCM_RIGHTS = 1;
const MSG_CTRUNC = 0x8;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const MSG_CMSG_CLOEXEC = 0x40000000;
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
/** struct cmsghdr on 64-bit: length (8 bytes), level, type. */
const CMSG_HEADER = 16;
/** Linux's SCM_MAX_FD: more descriptors never come in one message. */
const MAX_DESCRIPTORS = 253;

function header(data: Buffer, control: Buffer | null = null, name: Buffer | null = null): MessageHeader {
  return {
    name,
    nameLength: name?.length ?? 0,
    vectors: [{ base: data, length: data.length }],
    vectorCount: 1,
    control,
    controlLength: control?.length ?? 0,
    flags: 0,
  };
}

/** `address` "@name" means Linux's abstract name space. */
function unixAddress(address: string): Buffer {
  const path = Buffer.from(address.startsWith('@') ? `\0${address.slice(1)}` : `${address}\0`);
  if (path.length > 108) throw new RangeError(`The path of a Unix socket is too long: ${address}`);
  const family = Buffer.alloc(2);
  family.writeUInt16LE(AF_UNIX);
  return Buffer.concat([family, path]);
}

/** The other end of a connected Unix socket when it connected. */
export function peerCredentials(socket: number): { pid: number; uid: number; gid: number } {
  const value = Buffer.alloc(12);
  checked('getsockopt(SO_PEERCRED)', cGetsockopt(socket, SOL_SOCKET, SO_PEERCRED, value, [value.length]));
  return { pid: value.readInt32LE(0), uid: value.readUInt32LE(4), gid: value.readUInt32LE(8) };
}

/** Where a Unix socket is bound: a path, "@name" in the abstract name space, "" when it is not. Null: another kind of socket. */
export function socketPath(socket: number): string | null {
  const address = Buffer.alloc(2 + 108);
  const length: [number] = [address.length];
  checked('getsockname', cGetsockname(socket, address, length));
  if (address.readUInt16LE(0) !== AF_UNIX) return null;
  const name = address.toString('utf8', 2, length[0]);
  return name.startsWith('\0') ? `@${name.slice(1)}` : name.replace(/\0.*$/s, '');
}

/**
 * Sends `fd` along with `data`, by default one byte of zero as in libvirt's RPC. False when the socket's buffer is full:
 * try again once it drains. The sender keeps `fd`.
 */
export function sendDescriptor(socket: number, fd: number, data: Buffer = Buffer.alloc(1)): boolean {
  const control = Buffer.alloc(CMSG_HEADER + 8);
  control.writeBigUInt64LE(BigInt(CMSG_HEADER + 4), 0);
  control.writeInt32LE(SOL_SOCKET, 8);
  control.writeInt32LE(SCM_RIGHTS, 12);
  control.writeInt32LE(fd, CMSG_HEADER);
  if (cSendmsg(socket, header(data, control), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return true;
  const errno = koffi.errno();
  if (errno === constants.errno.EAGAIN) return false;
  throw new SystemCallError('sendmsg', errno);
}

/**
 * Reads one byte and the descriptor that came with it, closed on exec: null when nothing has arrived yet. Throws when
 * the stream has ended, or brings anything but exactly one descriptor.
 */
export function receiveDescriptor(socket: number): number | null {
  const control = Buffer.alloc(CMSG_HEADER + 4 * MAX_DESCRIPTORS + 4);
  const message = header(Buffer.alloc(1), control);
  const length = cRecvmsg(socket, message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (length < 0) {
    const errno = koffi.errno();
    if (errno === constants.errno.EAGAIN) return null;
    throw new SystemCallError('recvmsg', errno);
  }
  if (length === 0) throw new Error('The stream ended where a descriptor was due');
  const files = descriptorsIn(control.subarray(0, message.controlLength));
  const [file] = files;
  if (file !== undefined && files.length === 1 && (message.flags & MSG_CTRUNC) === 0) return file;
  files.forEach(closeQuietly);
  throw new Error(`Expected one descriptor, got ${files.length}`);
}

function descriptorsIn(control: Buffer): number[] {
  if (control.length < CMSG_HEADER || control.readInt32LE(12) !== SCM_RIGHTS) return [];
  const count = (Number(control.readBigUInt64LE(0)) - CMSG_HEADER) / 4;
  return Array.from({ length: count }, (_, at) => control.readInt32LE(CMSG_HEADER + 4 * at));
}

/** A datagram, cut to the room that there was for it, and what came with it. */
export interface ReceivedDatagram {
  readonly data: Buffer;
  /** The sender's address, in its family's form. */
  readonly sender: Buffer;
  /** Who sent it, as the kernel says: null for a socket that did not ask for it (SO_PASSCRED). */
  readonly credentials: { readonly pid: number; readonly uid: number; readonly gid: number } | null;
  readonly truncated: boolean;
}

const SCM_CREDENTIALS = 2;
const MSG_TRUNC = 0x20;
/** struct sockaddr_storage */
const ADDRESS_SIZE = 128;

/** Null when nothing has arrived. Throws SystemCallError: ENOBUFS when there was more than the socket keeps. */
export function receiveDatagram(socket: number, room: Buffer): ReceivedDatagram | null {
  const control = Buffer.alloc(CMSG_HEADER + 16);
  const name = Buffer.alloc(ADDRESS_SIZE);
  const message = header(room, control, name);
  const length = cRecvmsg(socket, message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (length < 0) {
    const errno = koffi.errno();
    if (errno === constants.errno.EAGAIN) return null;
    throw new SystemCallError('recvmsg', errno);
  }
  return {
    data: room.subarray(0, length),
    sender: name.subarray(0, message.nameLength),
    credentials: credentialsIn(control.subarray(0, message.controlLength)),
    truncated: (message.flags & MSG_TRUNC) !== 0,
  };
}

function credentialsIn(control: Buffer): ReceivedDatagram['credentials'] {
  if (control.length < CMSG_HEADER + 12 || control.readInt32LE(8) !== SOL_SOCKET) return null;
  if (control.readInt32LE(12) !== SCM_CREDENTIALS) return null;
  const at = CMSG_HEADER;
  return { pid: control.readInt32LE(at), uid: control.readUInt32LE(at + 4), gid: control.readUInt32LE(at + 8) };
}

/** Datagrams to one Unix socket (systemd's notify socket, journald, syslog). */
export class DatagramSender {
  readonly #address: Buffer;
  readonly #path: string;
  #socket: number;

  /** `path` may start with "@" (abstract). Nothing is sent yet, and nobody needs to listen. */
  constructor(path: string) {
    this.#path = path;
    this.#address = unixAddress(path);
    this.#socket = checked('socket', cSocket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  }

  /** Never waits: throws SystemCallError EAGAIN when the reader is slow, ENOENT or ECONNREFUSED when there is none. */
  send(datagram: Buffer): void {
    checked(
      'sendmsg',
      cSendmsg(this.#socket, header(datagram, null, this.#address), MSG_NOSIGNAL | MSG_DONTWAIT),
      this.#path,
    );
  }

  [Symbol.dispose](): void {
    if (this.#socket >= 0) closeQuietly(this.#socket);
    this.#socket = -1;
  }
}

/** Lets the kernel hold about twice so many bytes that the other end has not read. Where it may not, it is only slower. */
export function widenSendBuffer(socket: number, bytes: number): void {
  cSetsockopt(socket, SOL_SOCKET, SO_SNDBUFFORCE, [bytes], 4);
}
