import type { Socket } from 'node:net';
import { closeQuietly } from '../../native/ffi/libc.ts';
import { sendDescriptor, widenSendBuffer } from '../../native/ffi/socket-messages.ts';
import { MessageWriter } from '../../protocol/message-writer.ts';
import { FILES_WAIT_MS, STREAM_SEND_BUFFER } from './limits.ts';
import type { SecurityLayer } from './security-layer.ts';

/** How long to wait before a full socket is tried again for a descriptor, in ms: Node does not tell when it has room. */
const RETRY_MS = 5;

interface Piece {
  readonly bytes: Buffer;
  /** Descriptors that follow the bytes. */
  readonly files: readonly number[];
  /** Called when they have left; not when the connection ends before. */
  readonly sent?: () => void;
}

const NO_FILES: readonly number[] = [];

/**
 * The one writer of a connection. What is written during one turn of the event loop leaves in one system call at its
 * end, or at `flush`: first replies and stream packets in their order, then events in theirs, so that an event that a
 * call caused follows the reply. Descriptors leave one by one, after everything in front of them.
 */
export class Outbox {
  readonly #socket: Socket;
  readonly #fd: number | null;
  readonly #writer = new MessageWriter();
  readonly #events = new MessageWriter();
  #pieces: Piece[] = [];
  #pieceBytes = 0;
  #scheduled = false;
  #ending = false;
  #closed = false;
  /** On their way: nothing else may be written meanwhile. */
  #files: number[] = [];
  #filesDeadline = 0;
  #layer: SecurityLayer | null = null;

  /** `fd` is null where no descriptors can leave: nobody puts any there. */
  constructor(socket: Socket, fd: number | null) {
    this.#socket = socket;
    this.#fd = fd;
  }

  /** Bytes that the client has not taken yet. */
  get backlog(): number {
    return this.#writer.length + this.#pieceBytes + this.#events.length + this.#socket.writableLength;
  }

  /** Nothing leaves any more, and nothing may be composed. */
  get closed(): boolean {
    return this.#closed;
  }

  /** For replies and stream packets: they leave at the end of this turn. */
  compose(): MessageWriter {
    if (!this.#scheduled) this.#schedule();
    return this.#writer;
  }

  /** For events. */
  composeEvent(): MessageWriter {
    if (!this.#scheduled) this.#schedule();
    return this.#events;
  }

  /** Sends `data` behind what was composed last, as it is: it must not change until `sent` is called. */
  putData(data: Buffer, sent?: () => void): void {
    this.#seal(NO_FILES);
    this.#pieces.push({ bytes: data, files: NO_FILES, ...(sent === undefined ? {} : { sent }) });
    this.#pieceBytes += data.length;
  }

  /** Much is to be sent: whole packets fit into the socket, and the client need not wait for each rest. */
  widen(): void {
    if (this.#fd !== null && !this.#socket.destroyed) widenSendBuffer(this.#fd, STREAM_SEND_BUFFER);
  }

  /** Sends `files` behind what was composed last. They are closed once sent, or when the connection ends. */
  putFiles(files: readonly number[]): void {
    this.#seal(files);
  }

  /** What was composed so far leaves as it is; what comes after it goes through `layer`. */
  protect(layer: SecurityLayer): void {
    this.flush();
    this.#layer = layer;
  }

  #seal(files: readonly number[]): void {
    if (this.#writer.length > 0) this.#put(this.#writer.take(), files);
  }

  #put(bytes: Buffer, files: readonly number[]): void {
    this.#pieces.push({ bytes, files });
    this.#pieceBytes += bytes.length;
  }

  #schedule(): void {
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  /** Hands what was composed to the socket now. */
  flush(): void {
    if (this.#files.length > 0 || this.#socket.destroyed || this.#socket.writableEnded) return;
    this.#seal(NO_FILES);
    if (this.#events.length > 0) this.#put(this.#events.take(), NO_FILES);
    if (this.#pieces.length > 0) this.#write();
    if (this.#ending && this.#files.length === 0) this.#socket.end();
  }

  /** Ends the connection once everything has left. */
  end(): void {
    this.#ending = true;
    this.flush();
  }

  /** Writes the pieces up to the first that has descriptors. */
  #write(): void {
    const withFiles = this.#pieces.findIndex(piece => piece.files.length > 0);
    const ready = this.#pieces.splice(0, withFiles < 0 ? Infinity : withFiles + 1);
    const last = ready.pop();
    if (last === undefined) return;
    if (ready.length > 0) this.#socket.cork();
    for (const { bytes, sent } of ready) this.#send(bytes, sent);
    this.#files = [...last.files];
    this.#send(last.bytes, withFiles < 0 ? last.sent : () => this.#startFiles());
    if (ready.length > 0) this.#socket.uncork();
  }

  #send(bytes: Buffer, sent?: () => void): void {
    this.#pieceBytes -= bytes.length;
    try {
      this.#socket.write(this.#layer === null ? bytes : this.#layer.encode(bytes), sent);
    } catch (error) {
      this.#socket.destroy(error instanceof Error ? error : undefined);
    }
  }

  #startFiles(): void {
    this.#filesDeadline = Date.now() + FILES_WAIT_MS;
    this.#sendFiles();
  }

  /** Everything in front of the descriptors has left. */
  #sendFiles(): void {
    if (this.#socket.destroyed) return;
    try {
      for (let [file] = this.#files; file !== undefined; [file] = this.#files) {
        if (this.#fd === null) throw new Error('this connection carries no descriptors');
        if (!sendDescriptor(this.#fd, file)) return this.#sendFilesLater();
        this.#files.shift();
        closeQuietly(file);
      }
    } catch (error) {
      this.#socket.destroy(error instanceof Error ? error : undefined);
    }
    this.flush();
  }

  #sendFilesLater(): void {
    if (Date.now() < this.#filesDeadline) setTimeout(() => this.#sendFiles(), RETRY_MS);
    else this.#socket.destroy(new Error('the client does not take its descriptors'));
  }

  /** The connection has ended: closes the descriptors that did not leave. */
  discard(): void {
    this.#closed = true;
    this.#files.forEach(closeQuietly);
    for (const { files } of this.#pieces) files.forEach(closeQuietly);
    this.#files = [];
    this.#pieces = [];
    this.#pieceBytes = 0;
  }
}
