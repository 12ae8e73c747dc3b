/**
 * libnftables, which the program nft is a front of: a change takes 2 ms with it, and ten times as long with the program that
 * has to be started first. Loaded when a network or a filter needs it; calls are made off the event loop.
 */
import { readdirSync } from 'node:fs';
import koffi, { type KoffiFunc } from 'koffi';
import { checked, closeQuietly, duplicate, libc } from './libc.ts';

const SONAME = 'libnftables.so.1';
/** A text that takes the library many times its length of memory, in characters. */
const LARGE = 65_536;
const outputFlags = { json: 1 << 4, terse: 1 << 11 } as const;

const [F_SETFD, FD_CLOEXEC] = [2, 1];
const [SOL_SOCKET, SO_PROTOCOL, SO_DOMAIN] = [1, 38, 39];
const [AF_NETLINK, NETLINK_NETFILTER] = [16, 12];

const cFcntl: (fd: number, command: number, value: number) => number = libc.func('fcntl', 'int', ['int', 'int', 'int']);
const cGetsockopt: (fd: number, level: number, option: number, value: Buffer, length: [number]) => number = libc.func(
  'int getsockopt(int socket, int level, int option, _Out_ void *value, _Inout_ uint32_t *length)',
);

export interface NftOutcome {
  readonly succeeded: boolean;
  /** What was asked for, as JSON; sets without their elements. */
  readonly output: string;
  /** What is wrong, with the place in the text. */
  readonly complaint: string;
}

/** Change the rules; only find out whether the kernel would; list what there is. */
export type NftPurpose = 'apply' | 'check' | 'list';

/** An address. */
type Context = number | bigint;

interface Library {
  readonly create: KoffiFunc<(flags: number) => Context>;
  readonly run: KoffiFunc<(context: Context, text: string) => number>;
  readonly setDryRun: KoffiFunc<(context: Context, dry: boolean) => void>;
  readonly setOutput: KoffiFunc<(context: Context, flags: number) => void>;
  readonly keepOutput: KoffiFunc<(context: Context) => number>;
  readonly keepErrors: KoffiFunc<(context: Context) => number>;
  readonly output: KoffiFunc<(context: Context) => string>;
  readonly errors: KoffiFunc<(context: Context) => string>;
}

function load(): Library | null {
  try {
    const library = koffi.load(SONAME);
    return {
      create: library.func('uintptr_t nft_ctx_new(uint32_t flags)'),
      run: library.func('int nft_run_cmd_from_buffer(uintptr_t context, const char *text)'),
      setDryRun: library.func('void nft_ctx_set_dry_run(uintptr_t context, bool dry)'),
      setOutput: library.func('void nft_ctx_output_set_flags(uintptr_t context, unsigned int flags)'),
      keepOutput: library.func('int nft_ctx_buffer_output(uintptr_t context)'),
      keepErrors: library.func('int nft_ctx_buffer_error(uintptr_t context)'),
      output: library.func('const char *nft_ctx_get_output_buffer(uintptr_t context)'),
      errors: library.func('const char *nft_ctx_get_error_buffer(uintptr_t context)'),
    };
  } catch {
    return null;
  }
}

/** Null where the host has none; undefined before it was looked for. */
let opened: OpenLibrary | null | undefined;
/** One context, one command after the other. */
let turn: Promise<unknown> = Promise.resolve();

interface OpenLibrary {
  readonly nft: Library;
  readonly context: Context;
}

/**
 * Runs commands in nft's language, all or none of them. Null where the host has no such library. Throws SystemCallError when
 * the process has no descriptor left.
 */
export async function runNftLibrary(text: string, purpose: NftPurpose): Promise<NftOutcome | null> {
  if (opened === undefined) opened = open();
  const library = opened;
  if (library === null) return null;
  const outcome = turn.then(() => run(library, text, purpose));
  turn = outcome.catch(() => undefined);
  return await outcome;
}

/** Kept open: to close its socket waits until the kernel has forgotten what was last deleted, which takes 30 ms. */
function open(): OpenLibrary | null {
  const nft = load();
  if (nft === null) return null;
  // without a descriptor the library would end the process
  const free = duplicate(0);
  closeQuietly(free);
  const context = nft.create(0);
  closeOnExec(free);
  nft.keepOutput(context);
  nft.keepErrors(context);
  return { nft, context };
}

async function run({ nft, context }: OpenLibrary, text: string, purpose: NftPurpose): Promise<NftOutcome> {
  // what is to be printed as JSON is also taken for JSON first
  nft.setOutput(context, purpose === 'list' ? outputFlags.json | outputFlags.terse : 0);
  nft.setDryRun(context, purpose === 'check');
  const status = await new Promise<number>((resolve, reject) => {
    nft.run.async(context, text, (error: unknown, result: number) => {
      if (error === null) resolve(result);
      else reject(new Error(`${SONAME} could not be called`, { cause: error }));
    });
  });
  if (text.length > LARGE) await giveMemoryBack();
  // each is empty again when it has been read
  return { succeeded: status === 0, output: nft.output(context), complaint: nft.errors(context) };
}

/** What was freed in other threads stays with the process otherwise: 46 MB for the rules of 1,000 networks, in each of four. */
async function giveMemoryBack(): Promise<void> {
  const trim = mallocTrim();
  if (trim !== null) await new Promise<void>(resolve => trim.async(0, () => resolve()));
}

/** Null where the C library has no such function. */
function mallocTrim(): KoffiFunc<(pad: number) => number> | null {
  try {
    return libc.func('int malloc_trim(size_t pad)');
  } catch {
    return null;
  }
}

/** The library's socket, which is the last that was opened and is inherited by whatever is started: no program should have it. */
function closeOnExec(from: number): void {
  for (const name of readdirSync('/proc/self/fd')) {
    const fd = Number(name);
    if (fd >= from && socketProtocol(fd) === NETLINK_NETFILTER) checked('fcntl', cFcntl(fd, F_SETFD, FD_CLOEXEC));
  }
}

/** Null for what is no netlink socket. */
function socketProtocol(fd: number): number | null {
  const value = Buffer.alloc(4);
  const option = (name: number): number | null =>
    cGetsockopt(fd, SOL_SOCKET, name, value, [value.length]) === 0 ? value.readInt32LE() : null;
  return option(SO_DOMAIN) === AF_NETLINK ? option(SO_PROTOCOL) : null;
}
