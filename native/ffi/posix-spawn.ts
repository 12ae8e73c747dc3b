/**
 * Starts a program without `child_process`: 0.25 ms where a spawn of Node's blocks the loop for 8 ms with a large heap.
 * Nothing reaps the child but `reap`: a program that outlives the daemon forks twice.
 */
import type { KoffiFunc } from 'koffi';
import { libc, SystemCallError } from './libc.ts';

/** posix_spawn_file_actions_t and posix_spawnattr_t are 80 and 336 bytes in glibc, 80 and 336 in musl. */
const FILE_ACTIONS_SIZE = 128;
const ATTRIBUTES_SIZE = 512;
/** sigset_t: 1024 bits in both. */
const SIGNAL_SET_SIZE = 128;
const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
const POSIX_SPAWN_SETSID = 0x80;

type SpawnArguments = [
  pid: [number],
  file: string,
  actions: Buffer,
  attributes: Buffer,
  argv: readonly (string | null)[],
  env: readonly (string | null)[],
];
const cSpawn: KoffiFunc<(...args: SpawnArguments) => number> = libc.func(
  'int posix_spawn(_Out_ int *pid, const char *file, void *actions, void *attributes, const char **argv, const char **env)',
);
const cActionsInit: (actions: Buffer) => number = libc.func('int posix_spawn_file_actions_init(void *actions)');
const cActionsDestroy: (actions: Buffer) => number = libc.func('int posix_spawn_file_actions_destroy(void *actions)');
const cActionsDup: (actions: Buffer, from: number, to: number) => number = libc.func(
  'int posix_spawn_file_actions_adddup2(void *actions, int from, int to)',
);
/** glibc 2.29, musl 1.1.24. */
const cActionsChdir: (actions: Buffer, directory: string) => number = libc.func(
  'int posix_spawn_file_actions_addchdir_np(void *actions, const char *directory)',
);
const cAttributesInit: (attributes: Buffer) => number = libc.func('int posix_spawnattr_init(void *attributes)');
const cAttributesDestroy: (attributes: Buffer) => number = libc.func('int posix_spawnattr_destroy(void *attributes)');
const cSetFlags: (attributes: Buffer, flags: number) => number = libc.func(
  'int posix_spawnattr_setflags(void *attributes, short flags)',
);
const cSetDefault: (attributes: Buffer, signals: Buffer) => number = libc.func(
  'int posix_spawnattr_setsigdefault(void *attributes, void *signals)',
);
const cSetMask: (attributes: Buffer, signals: Buffer) => number = libc.func(
  'int posix_spawnattr_setsigmask(void *attributes, void *signals)',
);
const cFillSet: (signals: Buffer) => number = libc.func('int sigfillset(void *signals)');
const cEmptySet: (signals: Buffer) => number = libc.func('int sigemptyset(void *signals)');
const cWaitpid: (pid: number, status: [number], options: number) => number = libc.func(
  'int waitpid(int pid, _Out_ int *status, int options)',
);

export interface SpawnRequest {
  /** Absolute path. */
  readonly file: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /**
   * `files[n]` becomes the child's descriptor n. All of ours are closed on exec, so the child has these alone; each must
   * be numbered at or above the list's length (see `duplicate`), or a later one would be overwritten by an earlier.
   */
  readonly files: readonly number[];
  /** Where the child works; ours unless it is said. */
  readonly directory?: string;
  /** Makes the child the leader of a session of its own. */
  readonly newSession?: boolean;
}

function succeeded(step: string, errno: number, subject?: string): void {
  if (errno !== 0) throw new SystemCallError(step, errno, subject);
}

/** Returns the child's pid. Throws SystemCallError, also when the program cannot be executed. */
export function posixSpawn(request: SpawnRequest): number {
  using prepared = prepare(request);
  succeeded('posix_spawn', cSpawn(...prepared.args), request.file);
  return prepared.pid();
}

/** The same off the event loop: the caller's thread waits until the child executes its program. */
export async function posixSpawnInBackground(request: SpawnRequest): Promise<number> {
  using prepared = prepare(request);
  const errno = await new Promise<number>((resolve, reject) => {
    cSpawn.async(...prepared.args, (error: Error | null, result: number) => {
      if (error === null) resolve(result);
      else reject(error);
    });
  });
  succeeded('posix_spawn', errno, request.file);
  return prepared.pid();
}

interface Prepared extends Disposable {
  readonly args: SpawnArguments;
  /** Once it is spawned. */
  pid(): number;
}

function prepare({ file, argv, env, files, directory, newSession }: SpawnRequest): Prepared {
  if (files.some((fd, target) => fd !== target && fd < files.length))
    throw new RangeError(`Descriptors for a child must be >= ${files.length}: ${files.join(', ')}`);
  using undo = new DisposableStack();
  const actions = Buffer.alloc(FILE_ACTIONS_SIZE);
  succeeded('posix_spawn_file_actions_init', cActionsInit(actions));
  undo.defer(() => cActionsDestroy(actions));
  const attributes = Buffer.alloc(ATTRIBUTES_SIZE);
  succeeded('posix_spawnattr_init', cAttributesInit(attributes));
  undo.defer(() => cAttributesDestroy(attributes));
  resetSignals(attributes, newSession === true ? POSIX_SPAWN_SETSID : 0);
  files.forEach((fd, target) => succeeded('posix_spawn_file_actions_adddup2', cActionsDup(actions, fd, target)));
  if (directory !== undefined)
    succeeded('posix_spawn_file_actions_addchdir', cActionsChdir(actions, directory), directory);
  const pid: [number] = [-1];
  const environment = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const owned = undo.move();
  return {
    args: [pid, file, actions, attributes, [...argv, null], [...environment, null]],
    pid: () => pid[0],
    [Symbol.dispose]: () => owned.dispose(),
  };
}

/** Node ignores SIGPIPE and may block signals; a child must start with neither. */
function resetSignals(attributes: Buffer, flags: number): void {
  const all = Buffer.alloc(SIGNAL_SET_SIZE);
  const none = Buffer.alloc(SIGNAL_SET_SIZE);
  cFillSet(all);
  cEmptySet(none);
  succeeded('posix_spawnattr_setsigdefault', cSetDefault(attributes, all));
  succeeded('posix_spawnattr_setsigmask', cSetMask(attributes, none));
  succeeded('posix_spawnattr_setflags', cSetFlags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | flags));
}

const WNOHANG = 1;

/** The wait status of a child that has ended, or null while it runs. Never blocks. */
export function reap(pid: number): number | null {
  const status: [number] = [0];
  return cWaitpid(pid, status, WNOHANG) === pid ? status[0] : null;
}

/** Milliseconds between looks at a child that is about to end: at first, and at most. */
const REAP_INTERVAL = { first: 20, last: 1000 };

/** Waits for a child that is about to end, as far as it knows: what hangs in the kernel may take its time. */
export function reapSoon(pid: number, delay: number = REAP_INTERVAL.first): void {
  setTimeout(() => {
    if (reap(pid) === null) reapSoon(pid, Math.min(2 * delay, REAP_INTERVAL.last));
  }, delay).unref();
}
