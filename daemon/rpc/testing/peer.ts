/** A client for the tests: it writes and reads the protocol byte by byte, independently of `protocol/`. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { receiveDescriptor, sendDescriptor } from '../../../native/ffi/socket-messages.ts';
import { adopt, takeHandle } from '../adopt.ts';

/** How long a test waits for what has to happen, in ms: much longer than it takes, also on a busy machine. */
export const PATIENCE_MS = 30_000;

export const REMOTE = 0x20008086;
export const KEEPALIVE = 0x6b656570;
export const Type = { CALL: 0, REPLY: 1, MESSAGE: 2, STREAM: 3, CALL_WITH_FDS: 4, REPLY_WITH_FDS: 5, HOLE: 6 } as const;
export const Status = { OK: 0, ERROR: 1, CONTINUE: 2 } as const;

/** The numbers of the procedures that the tests call. */
export const Proc = {
  connectOpen: 1,
  connectClose: 2,
  connectGetType: 3,
  domainCreateXml: 10,
  connectGetHostname: 59,
  connectSupportsFeature: 60,
  authList: 66,
  connectGetUri: 110,
  domainEventLifecycle: 107,
  connectGetLibVersion: 157,
  domainOpenConsole: 201,
  storageVolUpload: 208,
  storageVolDownload: 209,
  domainCreateXmlWithFiles: 309,
} as const;

export interface Outgoing {
  readonly proc: number;
  readonly payload?: Buffer;
  readonly program?: number;
  readonly version?: number;
  readonly type?: number;
  readonly serial?: number;
  readonly status?: number;
}

export interface Incoming {
  readonly program: number;
  readonly version: number;
  readonly proc: number;
  readonly type: number;
  readonly serial: number;
  readonly status: number;
  readonly payload: Buffer;
  readonly files: readonly number[];
}

export const uint = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

export const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint(bytes.length), bytes, Buffer.alloc(-bytes.length & 3)]);
};

export const domain = Buffer.concat([text('x'), Buffer.alloc(16), uint(0xffffffff)]);

export function frame(message: Outgoing, serial: number): Buffer {
  const {
    proc,
    payload = Buffer.alloc(0),
    program = REMOTE,
    version = 1,
    type = Type.CALL,
    status = Status.OK,
  } = message;
  const words = [28 + payload.length, program, version, proc >>> 0, type >>> 0, serial, status >>> 0];
  return Buffer.concat([...words.map(uint), payload]);
}

export const parse = (bytes: Buffer, files: readonly number[]): Incoming => ({
  program: bytes.readUInt32BE(4),
  version: bytes.readUInt32BE(8),
  proc: bytes.readInt32BE(12),
  type: bytes.readInt32BE(16),
  serial: bytes.readUInt32BE(20),
  status: bytes.readInt32BE(24),
  payload: bytes.subarray(28),
  files,
});

/** The code, domain and text of an error's payload. */
export function errorOf({ status, payload }: Incoming): { code: number; domain: number; message: string } {
  if (status !== Status.ERROR) throw new Error(`not an error: ${payload.toString('hex')}`);
  const length = payload.readUInt32BE(12);
  return {
    code: payload.readInt32BE(0),
    domain: payload.readInt32BE(4),
    message: payload.toString('utf8', 16, 16 + length),
  };
}

/** Waits until `condition` holds. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`In vain waited until ${what}`);
    await sleep(2);
  }
}

export class Peer {
  readonly socket: Socket;
  readonly #fd: number;
  #serial = 0;
  #bytes = Buffer.alloc(0);
  #need = 4;
  #target = Buffer.alloc(0);
  readonly #arrived: Incoming[] = [];
  #closed = false;

  static async connect(path: string): Promise<Peer> {
    const socket = connect({ path });
    await once(socket, 'connect');
    return new Peer(socket);
  }

  /** As a client that has authenticated and opened the connection. */
  static async open(path: string): Promise<Peer> {
    const peer = await Peer.connect(path);
    await peer.call({ proc: Proc.authList });
    await peer.call({ proc: Proc.connectOpen, payload: Buffer.concat([uint(1), text('lxc:///'), uint(0)]) });
    return peer;
  }

  private constructor(connected: Socket) {
    const handle = takeHandle(connected);
    if (handle === null) throw new Error('not connected');
    this.#fd = handle.fd;
    this.socket = adopt(handle, { target: () => this.#next(), received: count => this.#received(count) });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.#closed = true;
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  get arrived(): readonly Incoming[] {
    return this.#arrived;
  }

  /** Never a byte beyond a message, for the sake of descriptors. */
  #next(): Buffer {
    this.#target = Buffer.alloc(this.#need - this.#bytes.length);
    return this.#target;
  }

  #received(count: number): boolean {
    this.#bytes = Buffer.concat([this.#bytes, this.#target.subarray(0, count)]);
    if (this.#bytes.length < this.#need) return true;
    if (this.#need === 4) {
      this.#need = this.#bytes.readUInt32BE(0);
      return true;
    }
    const bytes = this.#bytes;
    this.#bytes = Buffer.alloc(0);
    this.#need = 4;
    const files = bytes.readInt32BE(16) === Type.REPLY_WITH_FDS ? bytes.readUInt32BE(28) : 0;
    this.#collect(bytes, files, []);
    return files === 0;
  }

  #collect(bytes: Buffer, count: number, files: number[]): void {
    while (files.length < count) {
      const file = receiveDescriptor(this.#fd);
      if (file === null) {
        setTimeout(() => this.#collect(bytes, count, files), 1);
        return;
      }
      files.push(file);
    }
    this.#arrived.push(parse(bytes, files));
    if (count > 0) setImmediate(() => this.socket.resume());
  }

  /** Returns the serial. */
  send(message: Outgoing): number {
    const serial = message.serial ?? this.#serial++;
    this.socket.write(frame(message, serial));
    return serial;
  }

  /** Sends descriptors once everything before them has left. */
  async sendFiles(files: readonly number[]): Promise<void> {
    await new Promise(resolve => this.socket.write(Buffer.alloc(0), resolve));
    for (const file of files) while (!sendDescriptor(this.#fd, file)) await sleep(1);
  }

  /** The next message, in the order they came. */
  async next(): Promise<Incoming> {
    await until('a message came', () => this.#arrived.length > 0 || this.#closed);
    const message = this.#arrived.shift();
    if (message === undefined) throw new Error('The server closed the connection');
    return message;
  }

  async call(message: Outgoing): Promise<Incoming> {
    this.send(message);
    return this.next();
  }

  /** Resolves when the server has closed the connection. */
  async dropped(): Promise<void> {
    await until('the connection was closed', () => this.#closed);
  }

  close(): void {
    this.socket.destroy();
  }
}
