import { remoteError, sendable, type RemoteError } from './error.ts';
import { encodeHeader, MessageStatus, MessageType, type Header } from './header.ts';
import { FDS_MAX, HEADER_SIZE, LENGTH_SIZE, MESSAGE_MAX, PAYLOAD_OFFSET, STREAM_DATA_MAX } from './limits.ts';
import { isEvent, type Procedure, type Program } from './procedure.ts';
import { streamHole } from './stream-packet.ts';
import { Writer, XdrError, type Schema } from './xdr/index.ts';

/** Servers number their events 1, all of them: the clients do not look. */
const EVENT_SERIAL = 1;

/**
 * Writes messages one behind the other. What is ready together leaves together: `take` hands out everything since the
 * last time as one Buffer. A message that cannot be encoded throws XdrError and leaves no trace.
 */
export class MessageWriter {
  readonly #writer = new Writer();

  /** Bytes waiting for `take`. */
  get length(): number {
    return this.#writer.length;
  }

  /** All messages since the last call in one piece that is the caller's from now on. */
  take(): Buffer {
    return this.#writer.take();
  }

  /** The successful end of `call`. `schema` and `value` are undefined when the procedure returns nothing. */
  reply(call: Header, schema: Schema<unknown> | undefined, value: unknown, fds = 0): void {
    const type = fds > 0 ? MessageType.REPLY_WITH_FDS : MessageType.REPLY;
    this.message({ ...call, type, status: MessageStatus.OK }, schema, value, fds);
  }

  /** The failure of `call`, or of the stream that a packet with this header belongs to. */
  error(call: Header, error: RemoteError): void {
    const stream = call.type === MessageType.STREAM || call.type === MessageType.STREAM_HOLE;
    const type = stream ? MessageType.STREAM : MessageType.REPLY;
    this.message({ ...call, type, status: MessageStatus.ERROR }, remoteError, sendable(error));
  }

  /** An event: its procedure is one of `program` that has a message. */
  event(program: Program, procedure: Procedure, message: unknown): void {
    if (!isEvent(procedure)) throw new TypeError(`${program.name} ${procedure.number} is a call, not an event`);
    const header = {
      program: program.number,
      version: program.version,
      procedure: procedure.number,
      type: MessageType.MESSAGE,
      serial: EVENT_SERIAL,
      status: MessageStatus.OK,
    };
    this.message(header, procedure.message, message);
  }

  /** A packet of the stream that `call` opened. No bytes: the end of a download. */
  streamData(call: Header, data: Uint8Array): void {
    this.streamDataHead(call, data.length);
    this.#writer.raw(data);
  }

  /** The first bytes of a data packet whose `size` bytes of data the caller sends right behind them. */
  streamDataHead(call: Header, size: number): void {
    if (size > STREAM_DATA_MAX) throw new XdrError(`${size} bytes of data exceed what a packet may carry`);
    this.#begin({ ...call, type: MessageType.STREAM, status: MessageStatus.CONTINUE }, PAYLOAD_OFFSET + size);
  }

  streamHole(call: Header, length: bigint): void {
    const header = { ...call, type: MessageType.STREAM_HOLE, status: MessageStatus.CONTINUE };
    this.message(header, streamHole, { length, flags: 0 });
  }

  /** Confirms that the stream has ended in order, or that it was aborted as the client wished. */
  streamFinish(call: Header): void {
    this.message({ ...call, type: MessageType.STREAM, status: MessageStatus.OK }, undefined, undefined);
  }

  /** Any message. `schema` and `value` are undefined when it has no payload. */
  message(header: Header, schema: Schema<unknown> | undefined, value: unknown, fds = 0): void {
    const writer = this.#writer;
    const start = writer.length;
    try {
      this.#begin(header, 0);
      if (fds > 0) this.#fdCount(fds);
      schema?.encode(writer, value);
      this.#end(start);
    } catch (error) {
      writer.rewind(start);
      throw error;
    }
  }

  #begin(header: Header, size: number): void {
    this.#writer.uint(size);
    encodeHeader(this.#writer, header);
  }

  #fdCount(fds: number): void {
    if (fds > FDS_MAX) throw new XdrError(`${fds} descriptors, at most ${FDS_MAX} are allowed`);
    this.#writer.uint(fds);
  }

  #end(start: number): void {
    const size = this.#writer.length - start;
    if (size > MESSAGE_MAX) {
      const payload = size - LENGTH_SIZE - HEADER_SIZE;
      throw new XdrError(`a payload of ${payload} bytes exceeds what a message may carry`);
    }
    this.#writer.patchUint(start, size);
  }
}
