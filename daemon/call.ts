import type { Duplex } from 'node:stream';
import type { StreamSink, StreamSource } from '../drivers/contract/data-stream.ts';
import type { Caller } from '../drivers/contract/hypervisor.ts';
import type { Identity } from './identity.ts';
import type { AuthName } from './auth/auth-method.ts';
import type { SecondaryDriver } from './opened-driver.ts';
import type { SecurityLayer } from './rpc/security-layer.ts';
import type { Transport } from './rpc/transport.ts';

/** Who is at the other end of a Unix socket, as the kernel said when it connected (SO_PEERCRED). */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** An event as it leaves: which procedure of which program, and its decoded message. */
export interface OutgoingEvent {
  readonly program: 'remote' | 'lxc' | 'qemu';
  readonly procedure: string;
  readonly message: unknown;
}

/**
 * One connected client, as handlers see it. It passes through three states: connected (may only authenticate),
 * authenticated (may open), opened (may call everything that its access allows).
 */
export interface ClientSession extends Caller {
  /** Counts from 1 per server; what virt-admin shows. */
  readonly id: number;
  readonly peer: PeerCredentials | null;
  readonly transport: Pick<Transport, 'kind' | 'address'>;
  /** How clients of its socket authenticate. */
  readonly auth: AuthName;
  /** The one driver that clients of its socket may open; null: any. */
  readonly opens: SecondaryDriver | null;
  /** The driver that it has opened, whose calls are all that it can make; null: the hypervisor's, and with it all. */
  readonly driver: SecondaryDriver | null;
  /** Nobody between the client and the daemon can read what they say. */
  readonly secure: boolean;
  readonly authenticated: boolean;
  readonly opened: boolean;
  /** Who access control takes it for. */
  readonly identity: Identity;
  /** For a proxy daemon, which says whom it speaks for: from now on the client is that one. */
  assumeIdentity(identity: Identity): void;
  /** For the handler that has established who the client is; by SASL that is a name. */
  authenticate(saslUserName?: string): void;
  /**
   * For connectOpen, once the driver took the URI. `readOnly` restricts a client of the read-write socket too, `driver`
   * restricts it to the calls of that one.
   */
  open(readOnly: boolean, driver?: SecondaryDriver | null): void;
  /**
   * For the feature "fd passing" (8): from the next message on, descriptors are received. Called before the answer
   * leaves. False when the transport carries none.
   */
  enableFilePassing(): boolean;
  /** For the feature "program keepalive" (10): the client understands pings from now on. */
  enableKeepalive(): void;
  /**
   * Queues an event behind what is already queued, and behind the replies of this turn of the event loop. A client that
   * does not read is dropped when its queue passes the limit, so this never waits.
   */
  sendEvent(event: OutgoingEvent): void;
  /** Ends the connection once what is queued in this turn of the event loop (the reply of the call in progress) has left. */
  close(): void;
}

/** One call in progress, as its handler sees it. */
export interface Call {
  readonly client: ClientSession;
  /** The descriptors that came with the call; they are the taker's to close. What nobody takes is closed after the call. */
  takeFiles(): number[];
  /** From behind the reply on, whatever client and daemon say goes through `layer`; not when the call fails. */
  protect(layer: SecurityLayer): void;
  /** Descriptors to send behind the reply; they are closed once sent, and also when the call fails. */
  replyFiles(files: readonly number[]): void;
  /**
   * Makes the call's stream out of `channel`, from the moment the reply has been queued; a failed call destroys it. Both
   * directions are pumped with flow control: the end of the channel's readable side is the client's end of data, an error
   * of it aborts the stream, an abort by the client destroys it. When the client finishes, the channel of a write stream
   * is ended and the answer waits until it has finished; any other channel is destroyed.
   */
  openStream(channel: Duplex): void;
  /**
   * The same for a file's content: each packet is read or written when its turn has come, and holes stay holes. A failed
   * call closes the source, and aborts the sink; so does whatever ends the stream before its time.
   */
  openDownload(source: StreamSource): void;
  openUpload(sink: StreamSink): void;
}
