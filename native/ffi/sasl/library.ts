/**
 * libsasl2 as the process has it: its functions, and its set-up. Loaded when a socket wants it. What it answers is in
 * memory of its own, until the next call of the same connection.
 */
import koffi from 'koffi';
import { libc } from '../libc.ts';

export const SASL_OK = 0;
const SASL_PATH_TYPE_CONFIG = 1;
const SASL_CB_LIST_END = 0;
const SASL_CB_LOG = 2;
const SASL_LOG_ERR = 1;
const SASL_LOG_NOTE = 4;

/** The longest text that is taken from the library, in bytes. */
const MAX_TEXT = 4096;

/** The library says no, or that something is not as it should be; the text is for the log. */
export class SaslError extends Error {
  override readonly name = 'SaslError';
}

/** `error`: it needs the administrator; the rest is what the library tells of itself. */
export type SaslLog = (level: 'error' | 'note', text: string) => void;

/** A function that answers with a code, and may be run in another thread. */
interface Slow<Arguments extends readonly unknown[]> {
  (...args: Arguments): number;
  async(...args: [...Arguments, (error: unknown, code: number) => void]): void;
}

type Transform = (
  connection: bigint,
  input: Buffer | null,
  inputLength: number,
  output: Buffer,
  outputLength: Buffer,
) => number;

export interface SaslLibrary {
  readonly create: Slow<
    [service: string, host: null, realm: null, local: null, remote: null, own: null, flags: number, connection: Buffer]
  >;
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
  readonly start: Slow<
    [
      connection: bigint,
      mechanism: string,
      input: Buffer | null,
      inputLength: number,
      output: Buffer,
      outputLength: Buffer,
    ]
  >;
  readonly step: Slow<Parameters<Transform>>;
  readonly encode: Transform;
  readonly decode: Transform;
  readonly detail: (connection: bigint) => string;
  readonly text: (code: number, languages: null, language: null) => string;
}

interface SetUp {
  readonly setPath: (type: number, path: string) => number;
  readonly setMutex: (make: bigint, lock: bigint, unlock: bigint, free: bigint) => void;
  readonly init: (callbacks: Buffer, name: string) => number;
}

const transform = (name: string): string =>
  `int ${name}(void *connection, void *input, unsigned int inputLength, void *output, void *outputLength)`;

function load(): SaslLibrary & SetUp {
  const sasl = koffi.load('libsasl2.so.2');
  return {
    setPath: sasl.func('int sasl_set_path(int type, const char *path)'),
    setMutex: sasl.func('void sasl_set_mutex(void *make, void *lock, void *unlock, void *free)'),
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
    step: sasl.func(transform('sasl_server_step')),
    encode: sasl.func(transform('sasl_encode')),
    decode: sasl.func(transform('sasl_decode')),
    detail: sasl.func('const char *sasl_errdetail(void *connection)'),
    text: sasl.func('const char *sasl_errstring(int code, void *languages, void *language)'),
  };
}

const cCopy: (to: Buffer, from: bigint, size: number) => bigint = libc.func(
  'void *memcpy(void *to, void *from, size_t size)',
);
const cLength: (text: bigint, most: number) => number = libc.func('size_t strnlen(void *text, size_t most)');

/** `size` bytes of the library's memory. */
export function copyOut(from: bigint, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  if (size > 0) cCopy(bytes, from, size);
  return bytes;
}

/** The text at an address of the library's. */
export const textAt = (from: bigint): string => copyOut(from, cLength(from, MAX_TEXT)).toString();

/** Clients have a say in these texts. */
export const printable = (text: string): string => text.slice(0, MAX_TEXT).replace(/[^\x20-\x7e]/g, '?');

/**
 * Connections of the library are used in several threads, which is allowed where it has locks. Those of the C library
 * will do as they are; zeros are one that is open.
 */
function setLocks({ setMutex }: SetUp): void {
  const cFind: (handle: null, name: string) => bigint = libc.func('uintptr_t dlsym(void *handle, const char *name)');
  const cZeros: (count: number, size: number) => bigint = libc.func('uintptr_t calloc(size_t count, size_t size)');
  const proto = koffi.proto('uintptr_t lxvirtd_sasl_lock()');
  // Asked for while the library and its mechanisms are set up: in this thread.
  const make = koffi.register(() => cZeros(1, 64), koffi.pointer(proto));
  const [lock, unlock, free] = ['pthread_mutex_lock', 'pthread_mutex_unlock', 'free'].map(name => cFind(null, name));
  if (lock === undefined || unlock === undefined || free === undefined) throw new Error('the C library has no locks');
  setMutex(koffi.address(make), lock, unlock, free);
}

/**
 * The library's callbacks, of which there is one: it would write to syslog itself. `silence` takes it away: a callback into
 * JavaScript holds a thread up until the event loop comes to it, and what goes wrong with single clients is told by
 * `detail`.
 */
function callbacks(log: SaslLog): { readonly list: Buffer; readonly silence: () => void } {
  const proto = koffi.proto('int lxvirtd_sasl_log(void *context, int level, const char *message)');
  const write = koffi.register((_context: unknown, level: number, message: string | null) => {
    if (level > 0 && level <= SASL_LOG_NOTE) log(level === SASL_LOG_ERR ? 'error' : 'note', printable(message ?? ''));
    return SASL_OK;
  }, koffi.pointer(proto));
  const list = Buffer.alloc(48);
  list.writeBigUInt64LE(BigInt(SASL_CB_LOG), 0);
  list.writeBigUInt64LE(koffi.address(write), 8);
  list.writeBigUInt64LE(BigInt(SASL_CB_LIST_END), 24);
  return {
    list,
    silence: () => void list.writeBigUInt64LE(0n, 8),
  };
}

/** What has been set up; it is of the process, and the callbacks must stay where they are. */
let present: { readonly library: SaslLibrary; readonly callbacks: Buffer } | null = null;

/**
 * Sets the library up for servers named `name`: it then reads `<name>.conf` in `configDirectory`, null being where it looks
 * by itself, this once. Once in a process. Throws Error where there is no library, SaslError where it does not like its
 * configuration.
 */
export function initSasl(name: string, configDirectory: string | null, log: SaslLog): void {
  if (present !== null) throw new Error('SASL has been set up already');
  const library = load();
  const { list, silence } = callbacks(log);
  present = { library, callbacks: list };
  setLocks(library);
  if (configDirectory !== null) library.setPath(SASL_PATH_TYPE_CONFIG, configDirectory);
  const code = library.init(list, name);
  silence();
  if (code !== SASL_OK) throw new SaslError(`libsasl2 cannot be set up: ${library.text(code, null, null)}`);
}

/** Throws before `initSasl`. */
export function saslLibrary(): SaslLibrary {
  if (present === null) throw new Error('SASL has not been set up');
  return present.library;
}
