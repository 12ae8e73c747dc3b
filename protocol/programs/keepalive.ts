import { MessageStatus, MessageType, type Header } from '../header.ts';

/** The program with which both sides find out whether the other is still there: a PING is answered with a PONG. */
export const keepalive = { name: 'keepalive', number: 0x6b656570, version: 1, ping: 1, pong: 2 } as const;

const header = (procedure: number): Header => ({
  program: keepalive.number,
  version: keepalive.version,
  procedure,
  type: MessageType.MESSAGE,
  serial: 0,
  status: MessageStatus.OK,
});

/** Messages without payload. They are sent only after the client has asked for feature 10. */
export const pingHeader = header(keepalive.ping);
export const pongHeader = header(keepalive.pong);
