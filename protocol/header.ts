import { Reader, type Writer } from './xdr/index.ts';
import { LENGTH_SIZE, PAYLOAD_OFFSET } from './limits.ts';

/** What a message is (virNetMessageType). Those WITH_FDS have a count of descriptors in front of their payload. */
export const MessageType = {
  CALL: 0,
  REPLY: 1,
  /** An event or a keepalive: nobody asked, nobody answers. */
  MESSAGE: 2,
  STREAM: 3,
  CALL_WITH_FDS: 4,
  REPLY_WITH_FDS: 5,
  STREAM_HOLE: 6,
} as const;
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

/** How a message stands (virNetMessageStatus): CONTINUE is a stream packet that is followed by others. */
export const MessageStatus = { OK: 0, ERROR: 1, CONTINUE: 2 } as const;
export type MessageStatus = (typeof MessageStatus)[keyof typeof MessageStatus];

/**
 * The six numbers in front of every payload. They are what the peer sent: nothing says that a program of that number
 * exists, or that type and status are among the known ones.
 */
export interface Header {
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  readonly type: number;
  /** Counted by the client, from 0 or 1: tells which call a reply or stream packet belongs to. */
  readonly serial: number;
  readonly status: number;
}

/** The header of a whole message: any frame is long enough to have one. */
export const decodeHeader = (frame: Buffer): Header => {
  const reader = new Reader(frame, LENGTH_SIZE, PAYLOAD_OFFSET);
  return {
    program: reader.uint(),
    version: reader.uint(),
    procedure: reader.int(),
    type: reader.int(),
    serial: reader.uint(),
    status: reader.int(),
  };
};

export const encodeHeader = (writer: Writer, header: Header): void => {
  writer.uint(header.program);
  writer.uint(header.version);
  writer.int(header.procedure);
  writer.int(header.type);
  writer.uint(header.serial);
  writer.int(header.status);
};
