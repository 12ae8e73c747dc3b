import type { Duplex } from 'node:stream';
import type { Caller } from '../drivers/contract/hypervisor.ts';

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

/** One connected client, as handlers see it. */
export interface ClientSession extends Caller {
  /** Counts from 1 per server; what virt-admin shows. */
  readonly id: number;
  readonly peer: PeerCredentials | null;
  /**
   * Queues an event behind what is already queued. A client that does not read is dropped when its queue passes the
   * limit, so this never waits.
   */
  sendEvent(event: OutgoingEvent): void;
  /** Ends the connection once what is queued has left. */
  close(): void;
}

/** One call in progress, as its handler sees it. */
export interface Call {
  readonly client: ClientSession;
  /** The descriptors that came with the call; they are the taker's to close. What nobody takes is closed after the call. */
  takeFiles(): number[];
  /** Descriptors to send behind the reply; they are closed once sent. */
  replyFiles(files: readonly number[]): void;
  /**
   * Makes the call's stream out of `channel`, from the moment the reply has been queued. Both directions are pumped with
   * flow control; the channel's end is the stream's, an error of it aborts the stream, an abort by the client destroys it.
   */
  openStream(channel: Duplex): void;
}
