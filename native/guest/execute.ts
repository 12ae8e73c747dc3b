import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { array, bool, optional, struct, uint } from '../../protocol/xdr/index.ts';
import { closeQuietly, pipe } from '../ffi/libc.ts';
import { init as programSchema, path, VERSION } from '../plan/encode.ts';
import { frame } from './frame.ts';
import type { ExecRequest, GuestPlace, GuestProcess } from './guest.ts';
import { spawnVisitor } from './spawn-visitor.ts';
import type { Visitor } from './visitor.ts';

/** Milliseconds from the request until the program runs. */
const START_LIMIT = 10_000;

const cgroup = struct({ taskFiles: array(path, 64), unifiedDirectory: optional(path) });
const ending = struct({ signalled: bool, value: uint });

/**
 * Starts a program in a container, as `Guest.exec` says: each has a visitor of its own, which is its parent. Rejects with
 * GuestRequestFailed (step "exec": there is no such program, or it cannot be executed), XdrError, SystemCallError.
 */
export async function execute(
  place: GuestPlace,
  request: ExecRequest,
  limit: number = START_LIMIT,
): Promise<GuestProcess> {
  const document = encodeExecution(place, request);
  const streams = new Streams(request);
  let visitor: Visitor;
  try {
    visitor = await spawnVisitor('execute', place, streams.theirs);
  } catch (error) {
    streams.closeOurs();
    throw error;
  } finally {
    streams.closeTheirs();
  }
  const started = visitor.ask(document, uint, limit);
  const ended = howItEnds(visitor);
  try {
    return follow(visitor, await started, ended, streams);
  } catch (error) {
    visitor.kill();
    streams.closeOurs();
    throw error;
  }
}

function encodeExecution(place: GuestPlace, { argv, env, directory, user }: ExecRequest): Buffer {
  return frame(writer => {
    writer.uint(VERSION);
    cgroup.encode(writer, place);
    programSchema.encode(writer, { argv, env, directory, user, group: null, ...place.rights, terminal: false });
  });
}

/** Asked for at once: both answers may come together. */
function howItEnds(visitor: Visitor): GuestProcess['ended'] {
  const ended = visitor.answer(ending, null).then(
    ({ signalled, value }) => (signalled ? { status: null, signal: value } : { status: value, signal: null }),
    () => ({ status: null, signal: null }),
  );
  void ended.then(() => visitor.end());
  return ended;
}

function follow(visitor: Visitor, pid: number, ended: GuestProcess['ended'], streams: Streams): GuestProcess {
  const kill = (signal: number): void => visitor.send(frame(writer => writer.uint(signal)));
  return { pid, ended, ...streams.open(), kill };
}

/** The two ends of each standard stream: pipes, or /dev/null. */
class Streams {
  /** The program's 0, 1 and 2. */
  readonly theirs: readonly number[];
  readonly #ours: readonly (number | null)[];

  constructor({ stdin, stdout, stderr }: Pick<ExecRequest, 'stdin' | 'stdout' | 'stderr'>) {
    const pairs = [stdin, stdout, stderr].map((wanted, index) => {
      if (!wanted) return { theirs: openSync('/dev/null', 'r+'), ours: null };
      const { readEnd, writeEnd } = pipe();
      return index === 0 ? { theirs: readEnd, ours: writeEnd } : { theirs: writeEnd, ours: readEnd };
    });
    this.theirs = pairs.map(({ theirs }) => theirs);
    this.#ours = pairs.map(({ ours }) => ours);
  }

  closeTheirs(): void {
    this.theirs.forEach(closeSync);
  }

  /** Instead of `open`. */
  closeOurs(): void {
    for (const fd of this.#ours) if (fd !== null) closeQuietly(fd);
  }

  open(): Pick<GuestProcess, 'stdin' | 'stdout' | 'stderr'> {
    const [stdin = null, stdout = null, stderr = null] = this.#ours.map((fd, index) =>
      fd === null ? null : quiet(new Socket({ fd, readable: index > 0, writable: index === 0 })),
    );
    return { stdin, stdout, stderr };
  }
}

/** A program that no longer reads what it is sent is no fault of the daemon's; 'close' tells all that can be told. */
function quiet(socket: Socket): Socket {
  return socket.on('error', () => {});
}
