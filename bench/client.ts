import { once } from 'node:events';
import { type Socket, createConnection } from 'node:net';
import { remoteError } from '../protocol/error.ts';
import { FrameSplitter } from '../protocol/frame.ts';
import { type Header, MessageStatus, MessageType, decodeHeader } from '../protocol/header.ts';
import { MessageWriter } from '../protocol/message-writer.ts';
import { decodePayload } from '../protocol/message.ts';
import type { Args, CallName, CallProcedure, Ret } from '../protocol/procedure.ts';
import { remote } from '../protocol/programs/remote.ts';
import { decodeStreamPacket } from '../protocol/stream-packet.ts';
import { nothing } from '../protocol/xdr/index.ts';

type Calls = typeof remote.procedures;

interface Pending {
  readonly procedure: CallProcedure;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A connection to a libvirt daemon that does as little as it can, so that what is measured is the daemon. */
export class Client implements Disposable {
  readonly socket: Socket;
  readonly #writer = new MessageWriter();
  readonly #splitter = new FrameSplitter();
  readonly #pending = new Map<number, Pending>();
  #serial = 0;
  /** Gets the data of every stream. */
  onData: (data: Buffer) => void = () => undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', chunk => this.#splitter.push(chunk, frame => this.#take(frame)));
    socket.on('close', () => {
      for (const { reject } of this.#pending.values()) reject(new Error('the daemon closed the connection'));
    });
  }

  /** Connects and opens lxc:///. */
  static async open(path: string): Promise<Client> {
    const socket = createConnection(path);
    await once(socket, 'connect');
    const client = new Client(socket);
    await client.call('authList', undefined);
    await client.call('connectOpen', { name: 'lxc:///', flags: 0 });
    return client;
  }

  /** Rejects with libvirt's text when the daemon answers with an error. */
  call<Name extends CallName<Calls>>(name: Name, args: Args<Calls[Name]>): Promise<Ret<Calls[Name]>>;
  call(name: CallName<Calls>, args: unknown): Promise<unknown> {
    const procedure: CallProcedure = remote.procedures[name];
    this.#serial += 1;
    const serial = this.#serial;
    const header: Header = {
      program: remote.number,
      version: remote.version,
      procedure: procedure.number,
      type: MessageType.CALL,
      serial,
      status: MessageStatus.OK,
    };
    this.#writer.message(header, procedure.args, args);
    this.socket.write(this.#writer.take());
    return new Promise((resolve, reject) => this.#pending.set(serial, { procedure, resolve, reject }));
  }

  #take(frame: Buffer): void {
    const header = decodeHeader(frame);
    if (header.type === MessageType.STREAM) {
      const packet = decodeStreamPacket(header, frame);
      if (packet.kind === 'data') this.onData(packet.data);
      return;
    }
    const pending = this.#pending.get(header.serial);
    if (header.type !== MessageType.REPLY || pending === undefined) return;
    this.#pending.delete(header.serial);
    if (header.status === MessageStatus.OK) pending.resolve(decodePayload(pending.procedure.ret ?? nothing, frame));
    else pending.reject(new Error(decodePayload(remoteError, frame).message ?? 'no message'));
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
