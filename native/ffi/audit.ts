/**
 * The kernel's audit by netlink. A record may have to wait for room in the kernel's backlog, up to a minute: it is sent from a
 * thread of the pool, one at a time.
 */
import { checked, closeQuietly, libc, SystemCallError } from './libc.ts';

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const NETLINK_AUDIT = 9;
const NLM_F_REQUEST = 0x1;
const NLM_F_ACK = 0x4;
const NLMSG_ERROR = 2;
const AUDIT_GET = 1000;
const MSG_DONTWAIT = 0x40;
const HEADER = 16;
/** Answers are a header and a few numbers. */
const ANSWER_SIZE = 8192;
/** How many may wait; more are dropped, or a host whose audit is stuck would fill our memory. */
const QUEUE_LIMIT = 4096;

const cSocket: (domain: number, type: number, protocol: number) => number = libc.func('int socket(int, int, int)');
const send = libc.func('intptr_t send(int fd, void *data, size_t size, int flags)');
const cSend: (fd: number, data: Buffer, size: number, flags: number) => number = send;
const cRecv: (fd: number, data: Buffer, size: number, flags: number) => number = libc.func(
  'intptr_t recv(int fd, void *data, size_t size, int flags)',
);

export class AuditSocket {
  readonly #fd: number;
  readonly #failed: (error: Error) => void;
  readonly #queue: Buffer[] = [];
  #sequence = 0;
  /** Resolves when the queue is empty; never rejects. */
  #worker: Promise<void> | null = null;
  #closed = false;

  /**
   * Throws SystemCallError where the kernel has no audit, or none for us: EPERM without the right, ECONNREFUSED in a
   * namespace of users. `failed` is told of records that it did not take.
   */
  constructor(failed: (error: Error) => void) {
    this.#failed = failed;
    this.#fd = checked('socket(NETLINK_AUDIT)', cSocket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_AUDIT));
    try {
      const request = this.#message(AUDIT_GET, Buffer.alloc(0));
      checked('send', cSend(this.#fd, request, request.length, MSG_DONTWAIT));
      this.#receive();
    } catch (error) {
      closeQuietly(this.#fd);
      throw error;
    }
  }

  /** One record of `type`, whose text has no NUL. Nothing once it is closed. */
  record(type: number, text: string): void {
    if (this.#closed) return;
    if (this.#queue.length >= QUEUE_LIMIT) {
      this.#failed(new Error('the kernel does not take records in time'));
      return;
    }
    this.#queue.push(this.#message(type, Buffer.from(`${text}\0`)));
    this.#worker ??= this.#work();
  }

  /** Resolves once what was recorded has been sent. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker;
    closeQuietly(this.#fd);
  }

  async #work(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) await this.#send(next);
    this.#worker = null;
  }

  async #send(message: Buffer): Promise<void> {
    // Its errno is another thread's.
    const sent = await new Promise<boolean>(resolve => {
      send.async(this.#fd, message, message.length, 0, (error: unknown, size: number) =>
        resolve(error === null && size === message.length),
      );
    });
    try {
      if (!sent) throw new Error('the kernel did not take a record');
      this.#receive();
    } catch (error) {
      this.#failed(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Takes what the kernel answers, which it does before send returns. Throws SystemCallError for a refusal. */
  #receive(): void {
    const buffer = Buffer.alloc(ANSWER_SIZE);
    while (cRecv(this.#fd, buffer, buffer.length, MSG_DONTWAIT) >= HEADER + 4) {
      const errno = buffer.readUInt16LE(4) === NLMSG_ERROR ? -buffer.readInt32LE(HEADER) : 0;
      if (errno !== 0) throw new SystemCallError('audit', errno);
    }
  }

  #message(type: number, body: Buffer): Buffer {
    const header = Buffer.alloc(HEADER);
    header.writeUInt32LE(HEADER + body.length, 0);
    header.writeUInt16LE(type, 4);
    header.writeUInt16LE(NLM_F_REQUEST | NLM_F_ACK, 6);
    header.writeUInt32LE(++this.#sequence >>> 0, 8);
    return Buffer.concat([header, body]);
  }
}
