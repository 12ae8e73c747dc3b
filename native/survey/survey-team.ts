import { closeSync, constants, open } from 'node:fs';
import { promisify } from 'node:util';
import type { ListedName, Surveyed, SurveyedName } from './survey-messages.ts';
import { Surveyor, type FilePiece } from './surveyor.ts';

const openFile = promisify(open);

const O_PATH = 0o10000000;

interface Member {
  readonly surveyor: Surveyor;
  /** Requests that it has not answered yet. */
  busy: number;
}

/** Some surveyors of one directory. They only save time: where there are none, or no more, nothing is an error. */
export class SurveyTeam implements Disposable {
  readonly #directory: string;
  readonly #pieces: readonly FilePiece[];
  #members: Member[] = [];

  /** One without members, who will read `pieces` of each file: see `Surveyor.start`. */
  constructor(directory: string, pieces: readonly FilePiece[]) {
    this.#directory = directory;
    this.#pieces = pieces;
  }

  get size(): number {
    return this.#members.length;
  }

  /** Starts more, until there are `count`, if the system lets it. */
  async grow(count: number): Promise<void> {
    const directory = await openFile(this.#directory, O_PATH | constants.O_DIRECTORY).catch(() => null);
    if (directory === null) return;
    const starts = Array.from({ length: count - this.size }, () => Surveyor.start(directory, this.#pieces));
    for (const start of await Promise.allSettled(starts))
      if (start.status === 'fulfilled') this.#members.push({ surveyor: start.value, busy: 0 });
    closeSync(directory);
  }

  /** The names of the directory; null when there are more than `most`, undefined when nobody tells. */
  list(most: number): Promise<readonly ListedName[] | null | undefined> {
    return this.#ask(surveyor => surveyor.list(most));
  }

  /** What lies under each of a few names, in their order; undefined when nobody tells. */
  look(names: readonly SurveyedName[]): Promise<readonly (Surveyed | null)[] | undefined> {
    return this.#ask(surveyor => surveyor.look(names));
  }

  async #ask<T>(request: (surveyor: Surveyor) => Promise<T>): Promise<T | undefined> {
    const member = this.#members.toSorted((one, other) => one.busy - other.busy)[0];
    if (member === undefined) return undefined;
    member.busy += 1;
    try {
      return await request(member.surveyor);
    } catch {
      this.#members = this.#members.filter(other => other !== member);
      return undefined;
    } finally {
      member.busy -= 1;
    }
  }

  [Symbol.dispose](): void {
    for (const { surveyor } of this.#members) surveyor[Symbol.dispose]();
  }
}
