import { decodeHeader, MessageType, type Header } from '../../protocol/header.ts';
import { fdCount } from '../../protocol/message.ts';
import { keepalive, pongHeader } from '../../protocol/programs/keepalive.ts';
import type { Calls } from './calls.ts';
import type { IncomingFiles } from './incoming-files.ts';
import { OUTBOX_HIGH_WATER, type ServerLimits } from './limits.ts';
import type { Outbox } from './outbox.ts';
import type { Frame } from './receiver.ts';
import { NO_FILES } from './running-call.ts';
import type { Streams } from './streams.ts';

interface IntakeParts {
  readonly calls: Calls;
  readonly streams: Streams;
  readonly outbox: Outbox;
  readonly files: IncomingFiles;
  readonly limits: ServerLimits;
  /** The message makes no sense. */
  drop(reason: string): void;
}

/** Where each message of a client goes, and whether it may go there now. */
export class Intake {
  readonly #parts: IntakeParts;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** As many calls run as may. */
  get isBusy(): boolean {
    const { calls, limits } = this.#parts;
    return calls.running >= Math.max(1, limits.maxClientRequests);
  }

  /** Takes one message, or refuses it with false. */
  take({ bytes, exact }: Frame): boolean {
    const { outbox, streams } = this.#parts;
    if (outbox.backlog > OUTBOX_HIGH_WATER) return false;
    const header = decodeHeader(bytes);
    switch (header.type) {
      case MessageType.CALL:
        return this.#takeCall(header, bytes);
      case MessageType.CALL_WITH_FDS:
        return this.#takeCallWithFiles(header, bytes, exact);
      case MessageType.STREAM:
      case MessageType.STREAM_HOLE:
        return streams.take(header, bytes);
      case MessageType.MESSAGE:
        this.#takeMessage(header);
        return true;
      default:
        // A reply, or no known type: the real daemon passes over it, too.
        return true;
    }
  }

  #takeCall(header: Header, bytes: Buffer): boolean {
    if (this.isBusy) return false;
    this.#parts.calls.start(header, bytes, NO_FILES);
    return true;
  }

  /** Its descriptors come behind it, and only who reads exactly still finds them. */
  #takeCallWithFiles(header: Header, bytes: Buffer, exact: boolean): boolean {
    if (this.isBusy) return false;
    const { calls, files } = this.#parts;
    try {
      const count = fdCount(header, bytes);
      if (count > 0 && !exact) throw new Error('descriptors from a client that has not asked whether it may send any');
      const collected = files.collect(count);
      if (collected === null) return false;
      calls.start(header, bytes, collected);
    } catch (error) {
      this.#parts.drop(error instanceof Error ? error.message : String(error));
    }
    return true;
  }

  #takeMessage(header: Header): void {
    const { program, version, procedure } = header;
    if (program !== keepalive.number || version !== keepalive.version || procedure !== keepalive.ping) return;
    this.#parts.outbox.compose().message(pongHeader, undefined, undefined);
  }
}
