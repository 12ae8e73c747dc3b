/**
 * A connection to a message bus, as much of it as a service needs that calls others: nothing is offered to anybody. Over
 * a socket of Node's, so it never holds up the event loop; every call has a time limit.
 */
import { connect, type Socket } from 'node:net';
import { decodeMessage, encodeCall, messageLength, MessageType, type Message, type MethodCall } from './message.ts';
import type { Value } from './value.ts';

export const SYSTEM_BUS = '/run/dbus/system_bus_socket';

/** How long an answer may take, in ms, unless the caller says otherwise. */
const ANSWER_LIMIT = 10_000;

/** What the other side, or the bus in its place, says to a call; or that nothing was said in time. */
export class BusError extends Error {
  override readonly name = 'BusError';
  /** "org.freedesktop.DBus.Error.ServiceUnknown"; empty for a failure of the connection. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

interface Pending {
  readonly resolve: (body: readonly Value[]) => void;
  readonly reject: (error: BusError) => void;
  readonly timer: NodeJS.Timeout;
}

const BUS = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
} as const;

export class Bus {
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Set<(signal: Message) => void>();
  #received: Buffer = Buffer.alloc(0);
  #authenticated = Promise.withResolvers<undefined>();
  #isAuthenticated = false;
  #serial = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    // Whoever waits is told when it closes.
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('close', () => this.#lose('the connection to the bus is closed'));
    // It is no reason for the process to go on.
    socket.unref();
  }

  /** Throws BusError when nobody answers there. */
  static async open(path: string = SYSTEM_BUS): Promise<Bus> {
    const bus = new Bus(connect(path));
    const timer = setTimeout(() => bus.close(), ANSWER_LIMIT);
    try {
      // The bus knows by the socket who we are: the user's number is in hexadecimal digits of decimal ones.
      const user = Buffer.from(String(process.geteuid?.() ?? 0)).toString('hex');
      bus.#socket.write(`\0AUTH EXTERNAL ${user}\r\n`);
      await bus.#authenticated.promise;
      await bus.call({ ...BUS, member: 'Hello' });
    } catch (error) {
      bus.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    return bus;
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  /** Resolves to the answer's values, which may take `limit` ms. Throws BusError. */
  async call(call: MethodCall, limit = ANSWER_LIMIT): Promise<readonly Value[]> {
    const serial = ++this.#serial;
    const bytes = encodeCall(serial, call);
    if (!this.isOpen) throw new BusError('', 'the connection to the bus is closed');
    const { promise, resolve, reject } = Promise.withResolvers<readonly Value[]>();
    const timer = setTimeout(
      () => this.#settle(serial)?.reject(new BusError('', `${call.destination} does not answer to ${call.member}`)),
      limit,
    );
    this.#pending.set(serial, { resolve, reject, timer });
    this.#socket.write(bytes);
    return await promise;
  }

  /** Has signals that match `rule` sent here; see `onSignal`. */
  async match(rule: string): Promise<void> {
    await this.call({ ...BUS, member: 'AddMatch', signature: 's', body: [rule] });
  }

  /** Returns what takes the listener away again. */
  onSignal(listener: (signal: Message) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    try {
      if (!this.#isAuthenticated) this.#authenticate();
      if (this.#isAuthenticated) this.#cut();
    } catch {
      // What is no D-Bus is not spoken to.
      this.#socket.destroy();
    }
  }

  #authenticate(): void {
    const end = this.#received.indexOf('\r\n');
    if (end < 0 && this.#received.length < 1024) return;
    if (!this.#received.toString('latin1').startsWith('OK ')) throw new Error('refused');
    this.#received = this.#received.subarray(end + 2);
    this.#socket.write('BEGIN\r\n');
    this.#isAuthenticated = true;
    this.#authenticated.resolve(undefined);
  }

  #cut(): void {
    for (;;) {
      const length = messageLength(this.#received);
      if (length === null || this.#received.length < length) return;
      const message = decodeMessage(this.#received.subarray(0, length));
      this.#received = this.#received.subarray(length);
      this.#hear(message);
    }
  }

  #hear(message: Message): void {
    if (message.type === MessageType.SIGNAL) for (const listener of this.#listeners) listener(message);
    else if (message.type === MessageType.RETURN) this.#settle(message.replyTo)?.resolve(message.body);
    else if (message.type === MessageType.ERROR) {
      const [text] = message.body;
      const reason = typeof text === 'string' ? text : message.errorName;
      this.#settle(message.replyTo)?.reject(new BusError(message.errorName, reason));
    }
  }

  #settle(serial: number): Pending | undefined {
    const pending = this.#pending.get(serial);
    if (pending !== undefined) clearTimeout(pending.timer);
    this.#pending.delete(serial);
    return pending;
  }

  #lose(reason: string): void {
    this.#authenticated.promise.catch(() => undefined);
    this.#authenticated.reject(new BusError('', reason));
    for (const serial of this.#pending.keys()) this.#settle(serial)?.reject(new BusError('', reason));
  }
}
