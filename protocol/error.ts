import { STRING_MAX } from './limits.ts';
import { int, optional, string, struct, uuid, type Infer } from './xdr/index.ts';

const text = optional(string(STRING_MAX));

/** virNetMessageError: the payload of a reply or stream packet with status ERROR. */
export const remoteError = struct({
  /** virErrorNumber */
  code: int,
  /** virErrorDomain: which part of the server failed. */
  domain: int,
  message: text,
  /** virErrorLevel: 2 is an error. */
  level: int,
  dom: optional(struct({ name: string(STRING_MAX), uuid, id: int })),
  /** The format of the message, what was filled in, and one more. */
  str1: text,
  str2: text,
  str3: text,
  int1: int,
  int2: int,
  net: optional(struct({ name: string(STRING_MAX), uuid })),
});
export type RemoteError = Infer<typeof remoteError>;

/** Longer texts are cut: nobody reads on, and four of them must fit in a message together. */
const TEXT_MAX = 65_536;

const sendableText = (value: string | null): string | null =>
  value === null ? null : value.replaceAll('\0', '\u{fffd}').slice(0, TEXT_MAX);

/**
 * The error with texts that can always be encoded. They quote documents and names that came from outside, and a client
 * whose error cannot be sent would wait for ever.
 */
export const sendable = (error: RemoteError): RemoteError => ({
  ...error,
  message: sendableText(error.message),
  str1: sendableText(error.str1),
  str2: sendableText(error.str2),
  str3: sendableText(error.str3),
});
