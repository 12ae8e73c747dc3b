/** What the kernel, or udev once its rules have run, tells of devices that come, change and go. */
import { existsSync } from 'node:fs';
import { checked, closeQuietly, libc, SystemCallError } from './libc.ts';
import { receiveDatagram, type ReceivedDatagram } from './socket-messages.ts';

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const NETLINK_KOBJECT_UEVENT = 15;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const SO_PASSCRED = 16;

const groups = { kernel: 1, udev: 2 } as const;

/** Where udev takes its orders: it is there while udev runs. */
const UDEV_CONTROL = '/run/udev/control';

/** Some thousand messages: a burst that is longer is lost, and told as such. */
const BUFFER_SIZE = 4 * 1024 * 1024;
/** A message has at most 2 KiB from the kernel; udev's have its properties besides. */
const MESSAGE_SIZE = 16 * 1024;

const cSocket: (domain: number, type: number, protocol: number) => number = libc.func('int socket(int, int, int)');
const cBind: (fd: number, address: Buffer, size: number) => number = libc.func(
  'int bind(int fd, void *address, unsigned int size)',
);
const cSetsockopt: (fd: number, level: number, option: number, value: Buffer, size: number) => number = libc.func(
  'int setsockopt(int fd, int level, int option, void *value, unsigned int size)',
);

/** The properties of one event: ACTION, DEVPATH, SUBSYSTEM and more. */
export type Uevent = ReadonlyMap<string, string>;

export class UeventSocket {
  readonly #fd: number;
  readonly #source: keyof typeof groups;
  readonly #room = Buffer.alloc(MESSAGE_SIZE);

  /** Hears of all devices, and of the links of the network namespace that the daemon is in. */
  constructor() {
    this.#source = existsSync(UDEV_CONTROL) ? 'udev' : 'kernel';
    this.#fd = checked('socket(NETLINK_KOBJECT_UEVENT)', cSocket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_KOBJECT_UEVENT));
    try {
      this.#setOption('SO_PASSCRED', SO_PASSCRED, 1);
      // Without the right to it the default has to do.
      cSetsockopt(this.#fd, SOL_SOCKET, SO_RCVBUFFORCE, int(BUFFER_SIZE), 4);
      const address = netlinkAddress(groups[this.#source]);
      checked('bind(NETLINK_KOBJECT_UEVENT)', cBind(this.#fd, address, address.length));
    } catch (error) {
      closeQuietly(this.#fd);
      throw error;
    }
  }

  /** The next event: null when there is none, "lost" when some did not fit into the socket. Never waits. */
  next(): Uevent | 'lost' | null {
    for (;;) {
      const message = this.#receive();
      if (message === null || message === 'lost') return message;
      const event = isTrusted(message, this.#source) ? decodeUevent(message.data) : null;
      if (event !== null) return event;
    }
  }

  [Symbol.dispose](): void {
    closeQuietly(this.#fd);
  }

  #receive(): ReceivedDatagram | 'lost' | null {
    try {
      return receiveDatagram(this.#fd, this.#room);
    } catch (error) {
      if (error instanceof SystemCallError && error.code === 'ENOBUFS') return 'lost';
      throw error;
    }
  }

  #setOption(name: string, option: number, value: number): void {
    checked(`setsockopt(${name})`, cSetsockopt(this.#fd, SOL_SOCKET, option, int(value), 4));
  }
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

/** struct sockaddr_nl */
function netlinkAddress(group: number): Buffer {
  const address = Buffer.alloc(12);
  address.writeUInt16LE(AF_NETLINK, 0);
  address.writeUInt32LE(group, 8);
  return address;
}

/** The kernel's own port is 0, which no process can have; udev is any process, of root. */
function isTrusted({ sender, credentials, truncated }: ReceivedDatagram, source: keyof typeof groups): boolean {
  if (truncated || sender.length < 12 || credentials?.uid !== 0) return false;
  const port = sender.readUInt32LE(4);
  const group = sender.readUInt32LE(8);
  return group === groups[source] && (source === 'udev' ? port !== 0 : port === 0);
}

const UDEV_PREFIX = 'libudev\0';
const UDEV_MAGIC = 0xfeedcafe;

/** Of either sender; null for what is no event. */
export function decodeUevent(data: Buffer): Uevent | null {
  const text = data.toString('latin1', 0, 8) === UDEV_PREFIX ? udevProperties(data) : kernelProperties(data);
  if (text === null) return null;
  const properties = new Map<string, string>();
  for (const line of text.toString('utf8').split('\0')) {
    const at = line.indexOf('=');
    if (at > 0) properties.set(line.slice(0, at), line.slice(at + 1));
  }
  return properties.has('ACTION') && properties.has('DEVPATH') ? properties : null;
}

/** "add@/devices/…", then the properties, each ended by a zero byte. */
function kernelProperties(data: Buffer): Buffer | null {
  const end = data.indexOf(0);
  return end < 0 || !data.subarray(0, end).includes('@/') ? null : data.subarray(end + 1);
}

/** udev's header: a magic number (big endian), its own size, and where the properties are. */
function udevProperties(data: Buffer): Buffer | null {
  if (data.length < 24 || data.readUInt32BE(8) !== UDEV_MAGIC) return null;
  const offset = data.readUInt32LE(16);
  const length = data.readUInt32LE(20);
  return offset + length > data.length ? null : data.subarray(offset, offset + length);
}
