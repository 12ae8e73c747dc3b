/** Bounds of every message, in bytes unless said otherwise. They are part of the protocol: both sides know them. */

/** The length word in front of a message; it counts itself. */
export const LENGTH_SIZE = 4;
/** Program, version, procedure, type, serial and status. */
export const HEADER_SIZE = 24;
/** Where the payload of a message begins. */
export const PAYLOAD_OFFSET = LENGTH_SIZE + HEADER_SIZE;

/** Header and payload together. */
const BODY_MAX = 33_554_432;
/** The least and the most that a length word may say. */
export const MESSAGE_MIN = PAYLOAD_OFFSET;
export const MESSAGE_MAX = LENGTH_SIZE + BODY_MAX;

/** What one packet of stream data may carry so that the oldest clients still take it. */
export const STREAM_DATA_MAX = 262_120;
/** Descriptors that may go with one message. */
export const FDS_MAX = 32;
/** Any string. */
export const STRING_MAX = 4_194_304;
