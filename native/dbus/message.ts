/** Messages of D-Bus: a header of fixed layout, a list of fields, a body. */
import { DBusFormatError, typesOf, ValueReader, ValueWriter, type Value, type Variant } from './value.ts';

export const MessageType = { CALL: 1, RETURN: 2, ERROR: 3, SIGNAL: 4 } as const;

const Field = {
  PATH: 1,
  INTERFACE: 2,
  MEMBER: 3,
  ERROR_NAME: 4,
  REPLY_SERIAL: 5,
  DESTINATION: 6,
  SIGNATURE: 8,
} as const;

/** The part of a header in front of its fields, with the fields' length. */
const HEAD = 16;
/** What the services that are spoken to send is far shorter. */
const MESSAGE_LIMIT = 1 << 20;

export interface MethodCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly Value[];
}

export interface Message {
  readonly type: number;
  /** Of the call that it answers; 0 for none. */
  readonly replyTo: number;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly errorName: string;
  readonly body: readonly Value[];
}

const field = (code: number, signature: string, value: string): Value => [code, { signature, value }];

export function encodeCall(serial: number, call: MethodCall): Buffer {
  const { signature = '', body = [] } = call;
  const content = new ValueWriter();
  typesOf(signature).forEach((type, at) => content.write(type, body[at] ?? ''));
  const bytes = content.take();
  const header = new ValueWriter();
  const fields = [
    field(Field.PATH, 'o', call.path),
    field(Field.INTERFACE, 's', call.interface),
    field(Field.MEMBER, 's', call.member),
    field(Field.DESTINATION, 's', call.destination),
    ...(signature === '' ? [] : [field(Field.SIGNATURE, 'g', signature)]),
  ];
  const head: [string, Value][] = [
    ['y', 'l'.charCodeAt(0)],
    ['y', MessageType.CALL],
    ['y', 0],
    ['y', 1],
    ['u', bytes.length],
    ['u', serial],
    ['a(yv)', fields],
  ];
  for (const [type, value] of head) header.write(type, value);
  header.align(8);
  return Buffer.concat([header.take(), bytes]);
}

/** The length of the message at the start of `bytes`; null while that cannot be told. Throws DBusFormatError. */
export function messageLength(bytes: Buffer): number | null {
  if (bytes.length < HEAD) return null;
  if (bytes[0] !== 'l'.charCodeAt(0)) throw new DBusFormatError('a message is not little-endian');
  const fields = Math.ceil((HEAD + bytes.readUInt32LE(12)) / 8) * 8;
  const length = fields + bytes.readUInt32LE(4);
  if (length > MESSAGE_LIMIT) throw new DBusFormatError(`a message has ${length} bytes`);
  return length;
}

/** One whole message. Throws DBusFormatError or RangeError for what is none. */
export function decodeMessage(bytes: Buffer): Message {
  const reader = new ValueReader(bytes);
  const [, type = 0, , , , , fields = []] = ['y', 'y', 'y', 'y', 'u', 'u', 'a(yv)'].map(part => reader.read(part));
  const named = new Map(asList(fields).map(field => fieldOf(field)));
  const word = (code: number): string => {
    const value = named.get(code)?.value;
    return typeof value === 'string' ? value : '';
  };
  const replyTo = named.get(Field.REPLY_SERIAL)?.value;
  reader.align(8);
  return {
    type: typeof type === 'number' ? type : 0,
    replyTo: typeof replyTo === 'number' ? replyTo : 0,
    path: word(Field.PATH),
    interface: word(Field.INTERFACE),
    member: word(Field.MEMBER),
    errorName: word(Field.ERROR_NAME),
    body: typesOf(word(Field.SIGNATURE)).map(part => reader.read(part)),
  };
}

const asList = (value: Value): readonly Value[] => (Array.isArray(value) ? value : []);

function fieldOf(field: Value): [number, Variant] {
  const [code, value] = asList(field);
  if (typeof code !== 'number' || typeof value !== 'object' || !('signature' in value))
    throw new DBusFormatError('a header has a field that is none');
  return [code, value];
}
