import type { Socket } from 'node:net';
import { remoteError } from '../../protocol/error.ts';
import { FrameSplitter } from '../../protocol/frame.ts';
import { decodeHeader, MessageStatus, MessageType } from '../../protocol/header.ts';
import { MessageWriter } from '../../protocol/message-writer.ts';
import { decodePayload } from '../../protocol/message.ts';
import type { CallProcedure } from '../../protocol/procedure.ts';
import { remote } from '../../protocol/programs/remote.ts';
import { nothing } from '../../protocol/xdr/index.ts';
import { enter, type Target } from './target.ts';

/** What a call was answered: an error's number and text, or 0 and the decoded result. */
export interface Answer {
  readonly code: number;
  readonly message: string;
  readonly value: unknown;
}

/** The connection has ended. */
const GONE: Answer = { code: -1, message: 'gone', value: undefined };

interface Pending {
  readonly procedure: CallProcedure;
  readonly answer: (answer: Answer) => void;
}

type Name =
  | 'authList'
  | 'authSaslInit'
  | 'authSaslStart'
  | 'authSaslStep'
  | 'authPolkit'
  | 'connectOpen'
  | 'connectGetLibVersion';

/** Makes calls, and takes any answer: also the end of the connection. */
export class Talker implements Disposable {
  readonly socket: Socket;
  readonly #writer = new MessageWriter();
  readonly #splitter = new FrameSplitter();
  readonly #pending = new Map<number, Pending>();
  #serial = 0;
  #gone = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#splitter.push(chunk, frame => this.#take(frame)));
    socket.on('close', () => {
      this.#gone = true;
      for (const { answer } of this.#pending.values()) answer(GONE);
    });
  }

  /** Throws when the server does not let it in. */
  static async enter(target: Target): Promise<Talker> {
    return new Talker(await enter(target));
  }

  get gone(): boolean {
    return this.#gone;
  }

  /** The bytes of a call, for who does not send them at once. */
  compose(name: Name, args: unknown): Buffer {
    const procedure: CallProcedure = remote.procedures[name];
    return this.#compose(procedure, args, (this.#serial += 1));
  }

  #compose(procedure: CallProcedure, args: unknown, serial: number): Buffer {
    const header = {
      program: remote.number,
      version: remote.version,
      procedure: procedure.number,
      type: MessageType.CALL,
      serial,
      status: MessageStatus.OK,
    };
    this.#writer.message(header, procedure.args, args);
    return this.#writer.take();
  }

  call(name: Name, args?: unknown): Promise<Answer> {
    if (this.#gone) return Promise.resolve(GONE);
    const procedure: CallProcedure = remote.procedures[name];
    const serial = (this.#serial += 1);
    this.socket.write(this.#compose(procedure, args, serial));
    return new Promise(answer => this.#pending.set(serial, { procedure, answer }));
  }

  /** What a client says first; the number of the error that it meets, or 0. */
  async open(): Promise<number> {
    const { code } = await this.call('authList');
    return code === 0 ? (await this.call('connectOpen', { name: 'lxc:///', flags: 0 })).code : code;
  }

  #take(frame: Buffer): void {
    const { serial, type, status } = decodeHeader(frame);
    const pending = this.#pending.get(serial);
    if (type !== MessageType.REPLY || pending === undefined) return;
    this.#pending.delete(serial);
    if (status === MessageStatus.OK) {
      pending.answer({ code: 0, message: '', value: decodePayload(pending.procedure.ret ?? nothing, frame) });
    } else {
      const { code, message } = decodePayload(remoteError, frame);
      pending.answer({ code, message: message ?? '', value: undefined });
    }
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** A password in the clear, as the mechanism PLAIN has it. */
export const plainLogin = (user: string, password: string): unknown => ({
  mech: 'PLAIN',
  nil: 0,
  data: Buffer.from(`\0${user}\0${password}`),
});
