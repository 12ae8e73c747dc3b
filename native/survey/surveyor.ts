import { Socket } from 'node:net';
import { join } from 'node:path';
import { closeQuietly, socketPair } from '../ffi/libc.ts';
import { reapSoon } from '../ffi/posix-spawn.ts';
import { onMessage } from '../launch/message-stream.ts';
import { spawnProgram } from '../launch/spawn-program.ts';
import {
  ANSWER_MAX,
  decodeNames,
  decodeReports,
  encodeList,
  encodeLook,
  type ListedName,
  type Surveyed,
  type SurveyedName,
} from './survey-messages.ts';

const PROGRAM = join(import.meta.dirname, '../../build/lxvirt-surveyor');

/** Bytes of a file, of which there may be fewer. */
export interface FilePiece {
  readonly offset: number;
  readonly length: number;
}

/** A request that waits for its answers. */
interface Asked {
  /** Takes one; true: it was the last. */
  take(body: Buffer): boolean;
  reject(error: Error): void;
}

/**
 * A process that looks at files for the daemon: many cost a fraction of what they would by Node's calls, a file system
 * that does not answer holds up none of its threads, and what it takes is given back at its end.
 */
export class Surveyor implements Disposable {
  readonly #socket: Socket;
  readonly #asked: Asked[] = [];
  #failure: Error | null = null;

  private constructor(socket: Socket, pid: number) {
    this.#socket = socket;
    onMessage(socket, body => this.#receive(body), ANSWER_MAX);
    socket.on('error', error => (this.#failure ??= error));
    socket.on('close', () => {
      this.#fail(new Error('a surveyor has ended'));
      reapSoon(pid);
    });
  }

  /**
   * One for the open `directory`, whose descriptor stays the caller's; at most 4 `pieces` of 8 KiB together. Rejects with
   * SystemCallError.
   */
  static async start(directory: number, pieces: readonly FilePiece[], program: string = PROGRAM): Promise<Surveyor> {
    const [ours, theirs] = socketPair();
    try {
      const argv = ['lxvirt-surveyor', ...pieces.flatMap(({ offset, length }) => [String(offset), String(length)])];
      const pid = await spawnProgram({ file: program, argv, files: [theirs, directory] });
      return new Surveyor(new Socket({ fd: ours, readable: true, writable: true }), pid);
    } catch (error) {
      closeQuietly(ours);
      throw error;
    } finally {
      closeQuietly(theirs);
    }
  }

  /**
   * Every name of the directory; null when there are more than `most`: it ends then. Rejects when the surveyor has ended,
   * as `look` does.
   */
  list(most: number): Promise<readonly ListedName[] | null> {
    const names: ListedName[] = [];
    return this.#ask(encodeList(), resolve => body => {
      const more = decodeNames(body);
      for (const name of more) names.push(name);
      if (names.length > most) this.#socket.destroy();
      else if (more.length > 0) return false;
      resolve(names.length > most ? null : names);
      return true;
    });
  }

  /**
   * What lies under each of a few names (some hundred, together below 128 KiB) of the directory, in their order. Links are
   * not followed. Several calls may wait.
   */
  look(names: readonly SurveyedName[]): Promise<readonly (Surveyed | null)[]> {
    if (names.length === 0) return Promise.resolve([]);
    const reports: (Surveyed | null)[] = [];
    return this.#ask(encodeLook(names), resolve => body => {
      reports.push(...decodeReports(body));
      const isLast = reports.length >= names.length;
      if (isLast) resolve(reports);
      return isLast;
    });
  }

  #ask<T>(request: Buffer, answered: (resolve: (result: T) => void) => Asked['take']): Promise<T> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#asked.push({ take: answered(resolve), reject });
      this.#socket.write(request);
    });
  }

  #receive(body: Buffer): void {
    const [first] = this.#asked;
    try {
      if (first === undefined) throw new Error('a surveyor answers what nobody asked');
      if (first.take(body)) this.#asked.shift();
    } catch (error) {
      this.#socket.destroy(error instanceof Error ? error : undefined);
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const request of this.#asked.splice(0)) request.reject(this.#failure);
  }

  /** It ends by itself then. */
  [Symbol.dispose](): void {
    this.#fail(new Error('a surveyor was not needed any more'));
    this.#socket.destroy();
  }
}
