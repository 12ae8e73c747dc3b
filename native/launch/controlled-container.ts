import { constants } from 'node:os';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SystemCallError } from '../ffi/libc.ts';
import type { OpenLoop } from '../ffi/loop.ts';
import { sendDescriptor } from '../ffi/socket-messages.ts';
import type { Container, Outcome } from './container.ts';
import { ContainerFailed } from './container-failed.ts';
import { decodeMessage, goCommand, holdCommand, releaseCommand, signalCommand } from './messages.ts';
import type { ControllerMessage, Created } from './messages.ts';
import { onMessage } from './message-stream.ts';

/** How long a controller may take to read what it was sent, and between looks, in ms. */
const SEND_LIMIT = 10_000;
const SEND_PAUSE = 5;

type Phase = 'creating' | 'created' | 'running' | 'failed' | 'ended' | 'detached';

/** A container by its controller's socket: what the controller says, and what it is asked for. */
export class ControlledContainer implements Container {
  readonly #socket: Socket;
  readonly #created = Promise.withResolvers<Container>();
  readonly #running = Promise.withResolvers<undefined>();
  readonly #listeners: ((outcome: Outcome) => void)[] = [];
  #phase: Phase = 'creating';
  #facts: Created = { controllerPid: 0, initPid: 0, consoles: [], loops: [], running: false, holds: false };
  #outcome: Outcome | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    /* Nobody may be waiting: `run` is not always called. */
    this.#running.promise.catch(() => {});
    onMessage(socket, body => this.#receive(body));
    /* 'close' follows, and says all that matters. */
    socket.on('error', () => {});
    socket.on('close', () => this.#lose());
  }

  /** Resolves, to this, once the controller has said what it made. */
  get created(): Promise<Container> {
    return this.#created.promise;
  }

  get controllerPid(): number {
    return this.#facts.controllerPid;
  }

  get initPid(): number {
    return this.#facts.initPid;
  }

  get consoles(): readonly string[] {
    return this.#facts.consoles;
  }

  get loops(): readonly string[] {
    return this.#facts.loops;
  }

  get running(): boolean {
    return this.#phase === 'running';
  }

  get outcome(): Outcome | null {
    return this.#outcome;
  }

  async run(): Promise<void> {
    if (this.#phase === 'created') this.#socket.write(goCommand());
    await this.#running.promise;
  }

  onExit(listener: (outcome: Outcome) => void): void {
    const outcome = this.#outcome;
    if (outcome === null) this.#listeners.push(listener);
    else setImmediate(() => listener(outcome));
  }

  signal(signal: number): void {
    if (this.#phase === 'created' || this.#phase === 'running') this.#socket.write(signalCommand(signal));
  }

  kill(): void {
    this.signal(constants.signals.SIGKILL);
  }

  async hold({ fd, number }: OpenLoop): Promise<void> {
    if (!this.#facts.holds) throw new SystemCallError('hold', constants.errno.ENOTSUP, `/dev/loop${number}`);
    for (const deadline = performance.now() + SEND_LIMIT; ; await sleep(SEND_PAUSE)) {
      const socket = this.#phase === 'running' ? descriptorOf(this.#socket) : null;
      if (socket === null) throw new SystemCallError('hold', constants.errno.EPIPE, `/dev/loop${number}`);
      // What Node has not yet sent goes first.
      if (this.#socket.writableLength === 0 && sendDescriptor(socket, fd, holdCommand(number))) return;
      if (performance.now() > deadline)
        throw new SystemCallError('hold', constants.errno.ETIMEDOUT, `/dev/loop${number}`);
    }
  }

  release(loopNumber: number): void {
    if (this.#phase === 'running' && this.#facts.holds) this.#socket.write(releaseCommand(loopNumber));
  }

  detach(): void {
    if (this.#phase !== 'ended' && this.#phase !== 'failed') this.#phase = 'detached';
    this.#socket.destroy();
  }

  /** A controller that says what nobody understands is given up; its container is not. */
  #receive(body: Buffer): void {
    let message: ControllerMessage;
    try {
      message = decodeMessage(body);
    } catch {
      this.#socket.destroy();
      return;
    }
    this.#hear(message);
  }

  #hear(message: ControllerMessage): void {
    if (message.kind === 'created') this.#create(message.facts);
    else if (message.kind === 'running') this.#start();
    else if (message.kind === 'failed') this.#fail(message.error);
    else this.#end(message.outcome);
  }

  #create(facts: Created): void {
    this.#facts = facts;
    this.#phase = 'created';
    if (facts.running) this.#start();
    this.#created.resolve(this);
  }

  #start(): void {
    this.#phase = 'running';
    this.#running.resolve(undefined);
  }

  #fail(error: ContainerFailed): void {
    this.#phase = 'failed';
    this.#created.reject(error);
    this.#running.reject(error);
    this.#socket.destroy();
  }

  #end(outcome: Outcome): void {
    this.#phase = 'ended';
    this.#outcome = outcome;
    this.#socket.destroy();
    for (const listener of this.#listeners.splice(0)) listener(outcome);
  }

  /** The connection is gone. Before its program ran the container is a failure; after, its end is. */
  #lose(): void {
    if (this.#phase === 'running') this.#end({ how: 'lost' });
    else if (this.#phase === 'creating' || this.#phase === 'created')
      this.#fail(new ContainerFailed('controller died', '', 0));
    else this.#running.reject(new Error('The container was detached'));
  }
}

/** Null for a socket that is closed. */
function descriptorOf(socket: Socket): number | null {
  const handle: unknown = Reflect.get(socket, '_handle');
  return typeof handle === 'object' &&
    handle !== null &&
    'fd' in handle &&
    typeof handle.fd === 'number' &&
    handle.fd >= 0
    ? handle.fd
    : null;
}
