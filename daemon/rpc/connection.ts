import type { Socket } from 'node:net';
import type { Log } from '../../drivers/contract/log.ts';
import { MESSAGE_MAX } from '../../protocol/limits.ts';
import { pingHeader } from '../../protocol/programs/keepalive.ts';
import type { AuthName } from '../auth/auth-method.ts';
import type { OutgoingEvent } from '../call.ts';
import type { SecondaryDriver } from '../opened-driver.ts';
import type { CallWatch } from './call-watch.ts';
import { Calls } from './calls.ts';
import type { DropLog } from './drop-log.ts';
import { IncomingFiles } from './incoming-files.ts';
import { Intake } from './intake.ts';
import { Keepalive, type KeepaliveActions, type KeepaliveSettings } from './keepalive.ts';
import { ANONYMOUS_MESSAGE_MAX, EVENT_BACKLOG_MAX, LINGER_MS, type ServerLimits } from './limits.ts';
import { Outbox } from './outbox.ts';
import { composeEvent, type ServedProgram } from './programs.ts';
import { Receiver } from './receiver.ts';
import type { SecurityLayer } from './security-layer.ts';
import { Session, type SessionActions } from './session.ts';
import { Streams } from './streams.ts';
import type { OpenTransport, Transport } from './transport.ts';

export interface ConnectionContext {
  readonly programs: readonly ServedProgram[];
  readonly limits: ServerLimits;
  readonly keepalive: KeepaliveSettings;
  readonly log: Log;
  readonly drops: DropLog;
  readonly watch: CallWatch;
  /** What the ids of its requests begin with. */
  readonly letter: string;
  /** The client counts as anonymous no more. */
  authenticated(): void;
  ended(): void;
}

export interface Origin {
  /** Counts from 1 per server. */
  readonly id: number;
  /** Of the socket that the client came through. */
  readonly readOnly: boolean;
  readonly auth: AuthName;
  readonly opens: SecondaryDriver | null;
}

/**
 * One client's connection, from the socket to the calls and back:
 *
 *   socket -> Receiver (frames) -> Intake (which type?) -> Calls, Streams or keepalive -> Outbox -> socket
 *
 * What cannot be taken now is refused, and nothing more is read until it can: that is how a client that asks for more
 * than it may, or does not read what it asked for, is slowed down.
 */
export class Connection {
  readonly session: Session;
  readonly #context: ConnectionContext;
  readonly #transport: Transport;
  readonly #open: OpenTransport;
  readonly #socket: Socket;
  readonly #receiver: Receiver;
  readonly #outbox: Outbox;
  readonly #calls: Calls;
  readonly #intake: Intake;
  readonly #streams: Streams;
  readonly #keepalive: Keepalive;
  readonly #files: IncomingFiles;
  /** Something was refused: nothing is read. */
  #stopped = false;
  /** Nothing more is taken from the client. */
  #closing = false;
  #linger: NodeJS.Timeout | null = null;
  readonly #stranger: NodeJS.Timeout;
  #eventBacklog = 0;

  constructor(transport: Transport, origin: Origin, context: ConnectionContext) {
    const { log } = context;
    this.#context = context;
    this.#transport = transport;
    this.session = new Session({ ...origin, transport }, this.#sessionActions(), log);
    this.#receiver = new Receiver(
      { take: frame => this.#closing || this.#intake.take(frame), broken: error => this.#drop(error.message) },
      ANONYMOUS_MESSAGE_MAX,
    );
    // What comes behind the message that ends the negotiation is not to be read as a message.
    if (this.#mayBeLayered) this.#receiver.readExactly();
    this.#keepalive = new Keepalive(context.keepalive, this.#keepaliveActions());
    this.#files = new IncomingFiles(transport.fd, () => this.#retry());
    this.#open = transport.open({ target: () => this.#receiver.target(), received: count => this.#received(count) });
    this.#socket = this.#open.socket;
    this.#outbox = new Outbox(this.#socket, transport.fd);
    this.#streams = new Streams({
      outbox: this.#outbox,
      log,
      ready: () => this.#retry(),
      recycle: data => this.#receiver.recycle(data),
    });
    this.#calls = new Calls({
      client: this.session,
      programs: context.programs,
      outbox: this.#outbox,
      streams: this.#streams,
      log,
      watch: context.watch,
      letter: context.letter,
      protect: layer => this.#protect(layer),
      finished: () => this.#callFinished(),
    });
    this.#intake = new Intake({
      calls: this.#calls,
      streams: this.#streams,
      outbox: this.#outbox,
      files: this.#files,
      limits: context.limits,
      drop: reason => this.#drop(reason),
    });
    this.#watchSocket();
    this.#stranger = setTimeout(() => this.#askStranger(), context.limits.strangerMs);
  }

  /** A user who types a password for polkit has as long as that may take. */
  #askStranger(): void {
    if (this.#calls.running > 0) this.#stranger.refresh();
    else this.#drop('it has not authenticated');
  }

  /** For somebody who waits: it has taken too long to say who it is. */
  evict(): void {
    this.#drop('it has not authenticated while others waited');
  }

  /** Where only root may be: anybody else goes. */
  admitRoot(): void {
    if (this.session.peer?.uid === process.geteuid?.()) this.session.authenticate();
    else this.#drop('only root may administrate');
  }

  /** Calls that have not been answered yet. */
  get runningCalls(): number {
    return this.#calls.running;
  }

  get openStreams(): number {
    return this.#streams.size;
  }

  /** Bytes on the wire so far, also after its end. */
  get traffic(): { readonly received: number; readonly sent: number } {
    return { received: this.#socket.bytesRead, sent: this.#socket.bytesWritten };
  }

  /** Bytes that the client has not taken yet, and how many of them are events. */
  get backlog(): { readonly all: number; readonly events: number } {
    const all = this.#outbox.backlog;
    return { all, events: Math.min(all, this.#eventBacklog) };
  }

  /** Whether the client has asked for more than it may at once. */
  get waits(): boolean {
    return this.#stopped && this.#intake.isBusy;
  }

  #received(count: number): boolean {
    this.#keepalive.heard();
    this.#stopped = !this.#receiver.received(count);
    this.#outbox.flush();
    return !this.#stopped;
  }

  /** Something has changed: offers again what was refused, and reads on. */
  #retry(): void {
    if (!this.#stopped || this.#outbox.closed) return;
    // Before the first is offered: what happens to it may be a reason to retry, too.
    this.#stopped = false;
    this.#stopped = !this.#receiver.retry();
    if (!this.#stopped) this.#open.resume();
  }

  get #mayBeLayered(): boolean {
    return this.session.auth === 'sasl' && this.session.transport.kind === 'tcp';
  }

  /**
   * The reply that ends the negotiation has been composed, and is the last that is not protected. A client waits for it: what
   * has come before is not the client's.
   */
  #protect(layer: SecurityLayer): void {
    if (this.#open.protect === undefined) throw new Error('a layer above one');
    if (!this.#receiver.isEmpty) return this.#drop('it has sent more before its security layer began');
    this.#outbox.protect(layer);
    this.#open.protect(layer);
    this.#receiver.readAhead();
    this.session.protect();
  }

  #callFinished(): void {
    if (this.#closing && this.#calls.running === 0) this.#end();
    else this.#retry();
  }

  #sendEvent(event: OutgoingEvent): void {
    if (this.#closing || this.#outbox.closed) return;
    if (this.#outbox.backlog === 0) this.#eventBacklog = 0;
    try {
      this.#eventBacklog += composeEvent(this.#context.programs, event, this.#outbox.composeEvent());
    } catch (error) {
      this.#context.log.error({ err: error, event: event.procedure }, 'An event cannot be sent');
    }
    if (this.#eventBacklog > EVENT_BACKLOG_MAX) this.#drop('it does not read its events');
  }

  /** Takes nothing more from the client, lets its calls end and what is queued leave, then closes; `graceMs` at most. */
  finish(graceMs: number): void {
    this.#closing = true;
    if (this.#calls.running === 0) return this.#end();
    this.#linger ??= setTimeout(() => this.#socket.destroy(), graceMs);
  }

  #end(): void {
    if (this.#outbox.closed) return;
    this.#closing = true;
    if (this.#linger !== null) clearTimeout(this.#linger);
    this.#linger = setTimeout(() => this.#socket.destroy(), LINGER_MS);
    this.#outbox.end();
    // Goes on reading, to see the client leave.
    this.#retry();
  }

  /** At once, and without a word: the conversation makes no sense any more. */
  #drop(reason: string): void {
    const { id, peer } = this.session;
    this.#context.drops.tell({ client: id, pid: peer?.pid, address: this.#transport.address, reason });
    this.#closing = true;
    this.#socket.destroy();
  }

  #watchSocket(): void {
    const { log } = this.#context;
    this.#socket.on('drain', () => {
      this.#eventBacklog = 0;
      this.#streams.drained();
      this.#retry();
    });
    this.#socket.on('end', () => this.#socket.destroy());
    this.#socket.on('error', error => log.debug({ err: error, client: this.session.id }, 'A connection failed'));
    this.#socket.on('close', () => this.#ended());
  }

  #ended(): void {
    if (this.#linger !== null) clearTimeout(this.#linger);
    clearTimeout(this.#stranger);
    this.#closing = true;
    this.#keepalive.stop();
    this.#files.discard();
    this.#outbox.discard();
    this.#streams.destroy();
    this.session.end();
    this.#context.ended();
  }

  #sessionActions(): SessionActions {
    return {
      authenticated: () => {
        clearTimeout(this.#stranger);
        this.#receiver.limit = MESSAGE_MAX;
        this.#context.authenticated();
      },
      enableFilePassing: () => {
        if (this.#transport.fd === null) return false;
        this.#receiver.readExactly();
        return true;
      },
      enableKeepalive: () => this.#keepalive.start(),
      sendEvent: event => this.#sendEvent(event),
      close: () => setImmediate(() => this.#end()),
    };
  }

  #keepaliveActions(): KeepaliveActions {
    return {
      ping: () => this.#outbox.compose().message(pingHeader, undefined, undefined),
      dead: seconds => this.#drop(`nothing was heard from it for ${seconds} seconds`),
      isDeaf: () => this.#stopped,
    };
  }
}
