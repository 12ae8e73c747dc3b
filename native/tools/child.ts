import { constants } from 'node:os';
import { Socket } from 'node:net';
import { closeQuietly, duplicate, pipe } from '../ffi/libc.ts';
import { posixSpawnInBackground, reap } from '../ffi/posix-spawn.ts';

/** How often ends are looked for that no signal told of, in ms. */
const LOOK_INTERVAL = 1_000;

/** A program that was started, its pipes, and its end. */
export interface Child {
  readonly stdin: Socket | null;
  readonly stdout: Socket;
  readonly stderr: Socket;
  /** Resolves to the exit status, or the name of the signal that killed it. Its pipes may have other users then. */
  readonly ended: Promise<number | string>;
  /** Does nothing to one that has ended. */
  kill(): void;
}

export interface ChildRequest {
  /** Absolute path. */
  readonly file: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** An open descriptor, which stays the caller's, or null for a pipe. */
  readonly input: number | null;
}

/**
 * Starts a program off the event loop: `child_process` holds it up until the program executes, which takes 8 ms with a large
 * heap and ten times as long on a busy machine. Throws SystemCallError.
 */
export async function startChild({ input, ...request }: ChildRequest): Promise<Child> {
  using pipes = new Pipes();
  const stdin = input === null ? pipes.toChild() : pipes.given(input);
  const stdout = pipes.fromChild();
  const stderr = pipes.fromChild();
  // before there is a child whose end could be missed
  listen();
  try {
    const pid = await posixSpawnInBackground({ ...request, files: pipes.theirs, directory: '/' });
    pipes.keepOurs();
    const ended = endOf(pid);
    return { stdin, stdout, stderr, ended, kill: () => void (running.has(pid) && process.kill(pid, 'SIGKILL')) };
  } finally {
    starting -= 1;
    look();
  }
}

/** The pipes of a child; closed in the end, but for our ends of them when they are to be kept. */
class Pipes implements Disposable {
  /** The child's descriptors 0, 1, 2. */
  readonly theirs: number[] = [];
  #ours: Socket[] = [];

  toChild(): Socket {
    const { readEnd, writeEnd } = pipe();
    this.theirs.push(readEnd);
    return this.#own(writeEnd, false);
  }

  fromChild(): Socket {
    const { readEnd, writeEnd } = pipe();
    this.theirs.push(writeEnd);
    return this.#own(readEnd, true);
  }

  given(fd: number): null {
    this.theirs.push(duplicate(fd));
    return null;
  }

  #own(fd: number, readable: boolean): Socket {
    const socket = new Socket({ fd, readable, writable: !readable });
    this.#ours.push(socket);
    return socket;
  }

  keepOurs(): void {
    this.#ours = [];
  }

  [Symbol.dispose](): void {
    this.theirs.forEach(closeQuietly);
    for (const socket of this.#ours) socket.destroy();
  }
}

/** Children that nobody has waited for yet, and who is told. */
const running = new Map<number, (status: number) => void>();
let starting = 0;
let timer: NodeJS.Timeout | null = null;

/** Until the last has ended. */
function listen(): void {
  starting += 1;
  if (timer !== null) return;
  process.on('SIGCHLD', look);
  // it also keeps the process alive
  timer = setInterval(look, LOOK_INTERVAL);
}

function look(): void {
  for (const [pid, tell] of running) {
    const status = reap(pid);
    if (status === null) continue;
    running.delete(pid);
    tell(status);
  }
  if (running.size + starting > 0 || timer === null) return;
  clearInterval(timer);
  timer = null;
  process.off('SIGCHLD', look);
}

function endOf(pid: number): Promise<number | string> {
  return new Promise(resolve => running.set(pid, status => resolve(described(status))));
}

/** A wait status: the signal in its low seven bits, else the exit status above them. */
function described(status: number): number | string {
  const signal = status & 0x7f;
  if (signal === 0) return (status >> 8) & 0xff;
  return Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] ?? `signal ${signal}`;
}
