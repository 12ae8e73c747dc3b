import type { Socket } from 'node:net';
import { peerCredentials } from '../../native/ffi/socket-messages.ts';
import { handleOf, takeHandle } from './adopt.ts';
import type { DropLog } from './drop-log.ts';
import type { ServerLimits } from './limits.ts';
import type { Endpoint } from './listener.ts';
import { vainCost } from './pace.ts';
import { sourceOf } from './source.ts';
import { Strangers, type Place } from './strangers.ts';
import { addressOf, tcpTransport, unixTransport, type Transport } from './transport.ts';

interface ReceptionContext {
  readonly limits: ServerLimits;
  /** Lets clients of TLS sockets in, or throws. */
  readonly tls: { admit(socket: Socket): Promise<Transport> } | undefined;
  readonly drops: DropLog;
  /** Whether there is room for any more clients of the source. */
  mayEnter(source: string): boolean;
  /** The client may talk; it has a place among the strangers until it has authenticated or gone. */
  enter(transport: Transport, endpoint: Endpoint, place: Place): void;
}

/** Everybody may knock at the read-only sockets, and the whole world at ports: each kind has places of its own. */
type Door = 'full' | 'readOnly' | 'network';

/** Where those that connect are until they may talk: they wait for a place, and shake hands. */
export class Reception {
  readonly #context: ReceptionContext;
  readonly #doors: Readonly<Record<Door, Strangers>>;

  constructor(context: ReceptionContext) {
    this.#context = context;
    const door = (): Strangers =>
      new Strangers({ limits: context.limits, mayEnter: source => context.mayEnter(source) });
    this.#doors = { full: door(), readOnly: door(), network: door() };
  }

  /** Those that have places and have not authenticated yet. */
  get strangers(): number {
    return Object.values(this.#doors).reduce((sum, { size }) => sum + size, 0);
  }

  connected(socket: Socket, endpoint: Endpoint): void {
    const handle = handleOf(socket);
    if (handle === null) return void socket.destroy();
    const { transport = 'unix' } = endpoint;
    const address = addressOf(socket);
    this.#doors[doorOf(endpoint)].arrive({
      source: sourceOf(transport === 'unix' ? peerCredentials(handle.fd) : null, address),
      socket: handle.fd,
      cost: vainCost(endpoint),
      enter: place => this.#enter(socket, endpoint, place),
      refuse: () => {
        socket.destroy();
        this.#context.drops.tell({ client: null, pid: undefined, address, reason: 'too many others wait' });
      },
      forget: () => void socket.destroy(),
    });
  }

  #enter(socket: Socket, endpoint: Endpoint, place: Place): void {
    if (endpoint.transport === 'tls') return void this.#shakeHands(socket, endpoint, place);
    const address = addressOf(socket);
    const handle = takeHandle(socket);
    if (handle === null) return place.leave('gone');
    const transport = endpoint.transport === 'tcp' ? tcpTransport(handle, address) : unixTransport(handle);
    this.#context.enter(transport, endpoint, place);
  }

  async #shakeHands(socket: Socket, endpoint: Endpoint, place: Place): Promise<void> {
    const { tls, drops } = this.#context;
    const address = addressOf(socket);
    let evicted = false;
    place.occupy({
      isBusy: () => false,
      evict() {
        evicted = true;
        socket.destroy();
      },
    });
    try {
      if (tls === undefined) throw new Error('no certificates have been read');
      this.#context.enter(await tls.admit(socket), endpoint, place);
    } catch (error) {
      socket.destroy();
      const why = error instanceof Error ? error.message : String(error);
      const reason = evicted ? 'its handshake took too long while others waited' : why;
      drops.tell({ client: null, pid: undefined, address, reason });
      place.leave('gone');
    }
  }

  /** There may be room for somebody who waits. */
  admit(): void {
    for (const door of Object.values(this.#doors)) door.admit();
  }

  /** Whoever waits goes away unheard, and so does whoever comes. */
  close(): void {
    for (const door of Object.values(this.#doors)) door.close();
  }
}

function doorOf({ transport, readOnly }: Endpoint): Door {
  if (transport === 'tcp' || transport === 'tls') return 'network';
  return readOnly ? 'readOnly' : 'full';
}
