/**
 * libsasl2, by which a server and its clients agree on a mechanism, find out who the client is, and protect what they say
 * from then on. Loaded when a socket wants it. Main thread only: the library keeps what it answers in its own memory until
 * the next call, so everything is copied out at once.
 */
import koffi from 'koffi';
import { libc } from './libc.ts';

const SASL_OK = 0;
const SASL_CONTINUE = 1;
const SASL_SUCCESS_DATA = 0x0004;
const SASL_PATH_TYPE_CONFIG = 1;
const SASL_CB_LIST_END = 0;
const SASL_CB_LOG = 2;
const SASL_LOG_ERR = 1;
const SASL_LOG_NOTE = 4;
const SASL_USERNAME = 0;
const SASL_SSF = 1;
const SASL_MAXOUTBUF = 2;
const SASL_SSF_EXTERNAL = 100;
const SASL_SEC_PROPS = 101;
const SASL_SEC_NOPLAINTEXT = 0x0001;
const SASL_SEC_NOANONYMOUS = 0x0010;

/** Of the layer's packets, in bytes, both ways; libvirt's own. */
const MAX_BUFFER = 100_000;
/** The longest text that is taken from the library, in bytes. */
const MAX_TEXT = 4096;

/** What is asked of a mechanism. SSF is the strength of a layer as the length of its key, 1 being integrity alone. */
export interface SaslDemands {
  /** Of what protects the connection already, 0 for nothing. */
  readonly externalSsf: number;
  readonly minSsf: number;
  readonly maxSsf: number;
  /** Mechanisms that send passwords as they are will do. */
  readonly plaintext: boolean;
}

/** A step's outcome: what to tell the client, null being nothing at all, and whether that was the last of it. */
export interface SaslAnswer {
  readonly data: Buffer | null;
  readonly complete: boolean;
}

/** The library says no, or that something is not as it should be; the text is for the log. */
export class SaslError extends Error {
  override readonly name = 'SaslError';
}

/** `error`: it needs the administrator; the rest is what happens to single clients. */
export type SaslLog = (level: 'error' | 'note', text: string) => void;

interface Library {
  readonly setPath: (type: number, path: string) => number;
  readonly init: (callbacks: Buffer, name: string) => number;
  readonly create: (
    service: string,
    host: null,
    realm: null,
    local: null,
    remote: null,
    callbacks: null,
    flags: number,
    connection: Buffer,
  ) => number;
  readonly dispose: (connection: Buffer) => void;
  readonly setProperty: (connection: bigint, property: number, value: Buffer) => number;
  readonly getProperty: (connection: bigint, property: number, value: Buffer) => number;
  readonly mechanisms: (
    connection: bigint,
    user: null,
    prefix: string,
    separator: string,
    suffix: string,
    list: Buffer,
    length: Buffer,
    count: null,
  ) => number;
  readonly start: (
    connection: bigint,
    mechanism: string,
    input: Buffer | null,
    inputLength: number,
    output: Buffer,
    outputLength: Buffer,
  ) => number;
  readonly step: Transform;
  readonly encode: Transform;
  readonly decode: Transform;
  readonly detail: (connection: bigint) => string;
  readonly text: (code: number, languages: null, language: null) => string;
}

type Transform = (
  connection: bigint,
  input: Buffer | null,
  inputLength: number,
  output: Buffer,
  outputLength: Buffer,
) => number;

const cCopy: (to: Buffer, from: bigint, size: number) => bigint = libc.func(
  'void *memcpy(void *to, void *from, size_t size)',
);
const cLength: (text: bigint, most: number) => number = libc.func('size_t strnlen(void *text, size_t most)');

/** Memory that the library answers into: an address, and a length or a number. */
const address = Buffer.alloc(8);
const length = Buffer.alloc(4);

function copyOut(from: bigint, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  if (size > 0) cCopy(bytes, from, size);
  return bytes;
}

function load(): Library {
  const sasl = koffi.load('libsasl2.so.2');
  return {
    setPath: sasl.func('int sasl_set_path(int type, const char *path)'),
    init: sasl.func('int sasl_server_init(void *callbacks, const char *name)'),
    create: sasl.func(
      'int sasl_server_new(const char *service, void *host, void *realm, void *local, void *remote, void *callbacks, unsigned int flags, void *connection)',
    ),
    dispose: sasl.func('void sasl_dispose(void *connection)'),
    setProperty: sasl.func('int sasl_setprop(void *connection, int property, void *value)'),
    getProperty: sasl.func('int sasl_getprop(void *connection, int property, void *value)'),
    mechanisms: sasl.func(
      'int sasl_listmech(void *connection, void *user, const char *prefix, const char *separator, const char *suffix, void *list, void *length, void *count)',
    ),
    start: sasl.func(
      'int sasl_server_start(void *connection, const char *mechanism, void *input, unsigned int inputLength, void *output, void *outputLength)',
    ),
    step: sasl.func(
      'int sasl_server_step(void *connection, void *input, unsigned int inputLength, void *output, void *outputLength)',
    ),
    encode: sasl.func(
      'int sasl_encode(void *connection, void *input, unsigned int inputLength, void *output, void *outputLength)',
    ),
    decode: sasl.func(
      'int sasl_decode(void *connection, void *input, unsigned int inputLength, void *output, void *outputLength)',
    ),
    detail: sasl.func('const char *sasl_errdetail(void *connection)'),
    text: sasl.func('const char *sasl_errstring(int code, void *languages, void *language)'),
  };
}

/** The library's callbacks, of which there is one: it would write to syslog itself. Never let go of, as the library is not. */
function callbacks(log: SaslLog): Buffer {
  const proto = koffi.proto('int lxvirtd_sasl_log(void *context, int level, const char *message)');
  const write = koffi.register((_context: unknown, level: number, message: string | null) => {
    if (level > 0 && level <= SASL_LOG_NOTE) log(level === SASL_LOG_ERR ? 'error' : 'note', printable(message ?? ''));
    return SASL_OK;
  }, koffi.pointer(proto));
  const list = Buffer.alloc(48);
  list.writeBigUInt64LE(BigInt(SASL_CB_LOG), 0);
  list.writeBigUInt64LE(koffi.address(write), 8);
  list.writeBigUInt64LE(BigInt(SASL_CB_LIST_END), 24);
  return list;
}

/** Clients have a say in these texts. */
const printable = (text: string): string => text.slice(0, MAX_TEXT).replace(/[^\x20-\x7e]/g, '?');

/** What has been set up; it is of the process, and the callbacks must stay where they are. */
let present: { readonly library: Library; readonly callbacks: Buffer } | null = null;

/**
 * Sets the library up for servers named `name`: it then reads `<name>.conf` in `configDirectory`, null being where it looks
 * by itself. Once in a process. Throws Error where there is no library, SaslError where it does not like its
 * configuration.
 */
export function initSasl(name: string, configDirectory: string | null, log: SaslLog): void {
  if (present !== null) throw new Error('SASL has been set up already');
  const library = load();
  present = { library, callbacks: callbacks(log) };
  if (configDirectory !== null) library.setPath(SASL_PATH_TYPE_CONFIG, configDirectory);
  const code = library.init(present.callbacks, name);
  if (code !== SASL_OK) throw new SaslError(`libsasl2 cannot be set up: ${library.text(code, null, null)}`);
}

/** One client's negotiation, and the layer that comes of it. */
export class SaslServer {
  readonly #library: Library;
  #connection: bigint;
  /** The last step was not the last one. Stepping on in any other state takes the process down. */
  #goesOn = false;
  #maxOutput = MAX_BUFFER;

  constructor(service: string, demands: SaslDemands) {
    if (present === null) throw new Error('SASL has not been set up');
    this.#library = present.library;
    const code = this.#library.create(service, null, null, null, null, null, SASL_SUCCESS_DATA, address);
    if (code !== SASL_OK) throw new SaslError(`sasl_server_new: ${this.#library.text(code, null, null)}`);
    this.#connection = address.readBigUInt64LE();
    this.#demand(demands);
  }

  #demand({ externalSsf, minSsf, maxSsf, plaintext }: SaslDemands): void {
    const external = Buffer.alloc(4);
    external.writeUInt32LE(externalSsf);
    this.#check('sasl_setprop', this.#library.setProperty(this.#connection, SASL_SSF_EXTERNAL, external));
    const demands = Buffer.alloc(32);
    const flags = SASL_SEC_NOANONYMOUS | (plaintext ? 0 : SASL_SEC_NOPLAINTEXT);
    [minSsf, maxSsf, MAX_BUFFER, flags].forEach((value, index) => demands.writeUInt32LE(value, 4 * index));
    this.#check('sasl_setprop', this.#library.setProperty(this.#connection, SASL_SEC_PROPS, demands));
  }

  /** By their names; none is an error. */
  mechanisms(): string[] {
    this.#check('sasl_listmech', this.#library.mechanisms(this.#open(), null, '', ',', '', address, length, null));
    return this.#answer().toString('latin1').split(',');
  }

  /** `data` null: the client has sent none, which is not the same as an empty piece. */
  start(mechanism: string, data: Buffer | null): SaslAnswer {
    const [input, size] = terminated(data);
    this.#goesOn = false;
    return this.#outcome(
      'sasl_server_start',
      this.#library.start(this.#open(), mechanism, input, size, address, length),
    );
  }

  /** After `start`, or a step, that was not the last one. */
  step(data: Buffer | null): SaslAnswer {
    if (!this.#goesOn) throw new SaslError('there is no negotiation to go on with');
    const [input, size] = terminated(data);
    this.#goesOn = false;
    return this.#outcome('sasl_server_step', this.#library.step(this.#open(), input, size, address, length));
  }

  #outcome(what: string, code: number): SaslAnswer {
    if (code !== SASL_OK && code !== SASL_CONTINUE) throw this.#error(what);
    const complete = code === SASL_OK;
    const data = address.readBigUInt64LE() === 0n ? null : this.#answer();
    this.#goesOn = !complete;
    if (complete) this.#limitOutput();
    return { data, complete };
  }

  #limitOutput(): void {
    const most = this.#number(SASL_MAXOUTBUF);
    if (most > 0) this.#maxOutput = Math.min(most, MAX_BUFFER);
  }

  /** Of the client that has authenticated. */
  get userName(): string {
    this.#check('sasl_getprop', this.#library.getProperty(this.#open(), SASL_USERNAME, address));
    const text = address.readBigUInt64LE();
    if (text === 0n) throw new SaslError('the client has no name');
    return copyOut(text, cLength(text, MAX_TEXT)).toString();
  }

  /** The strength of the layer, 0 when there is none. */
  get ssf(): number {
    return this.#number(SASL_SSF);
  }

  #number(property: number): number {
    this.#check('sasl_getprop', this.#library.getProperty(this.#open(), property, address));
    const at = address.readBigUInt64LE();
    return at === 0n ? 0 : copyOut(at, 4).readUInt32LE();
  }

  /** What goes out in the place of `bytes`. */
  encode(bytes: Buffer): Buffer {
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += this.#maxOutput) {
      const piece = bytes.subarray(at, at + this.#maxOutput);
      this.#check('sasl_encode', this.#library.encode(this.#open(), piece, piece.length, address, length));
      pieces.push(this.#answer());
    }
    const [only] = pieces;
    return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
  }

  /** What has come in by `bytes`; a packet that is not complete stays in the library. */
  decode(bytes: Buffer): Buffer {
    this.#check('sasl_decode', this.#library.decode(this.#open(), bytes, bytes.length, address, length));
    return this.#answer();
  }

  #answer(): Buffer {
    return copyOut(address.readBigUInt64LE(), length.readUInt32LE());
  }

  #open(): bigint {
    if (this.#connection === 0n) throw new SaslError('the negotiation is over');
    address.fill(0);
    length.fill(0);
    return this.#connection;
  }

  #check(what: string, code: number): void {
    if (code !== SASL_OK) throw this.#error(what);
  }

  #error(what: string): SaslError {
    return new SaslError(`${what}: ${printable(this.#library.detail(this.#connection))}`);
  }

  [Symbol.dispose](): void {
    if (this.#connection === 0n) return;
    address.writeBigUInt64LE(this.#connection);
    this.#library.dispose(address);
    this.#connection = 0n;
  }
}

/** Mechanisms may read up to a NUL behind the data. */
function terminated(data: Buffer | null): [Buffer | null, number] {
  return data === null ? [null, 0] : [Buffer.concat([data, Buffer.alloc(1)]), data.length];
}
