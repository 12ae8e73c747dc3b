import type { GuestFile } from '../../../../native/guest/guest.ts';
import { AgentCommandFailed } from './agent-failure.ts';

/** How many files a domain's clients may have open at once. */
const HANDLES_MAX = 64;

/** Files of a guest that its clients have opened and not yet closed. */
export class FileHandles {
  readonly #files = new Map<number, GuestFile>();
  #next = 1000;

  /** Throws AgentCommandFailed when there are too many. Asked before a file is opened. */
  requireRoom(): void {
    if (this.#files.size >= HANDLES_MAX) throw new AgentCommandFailed('too many files are open');
  }

  add(file: GuestFile): number {
    const handle = this.#next++;
    this.#files.set(handle, file);
    return handle;
  }

  get(handle: number): GuestFile {
    const file = this.#files.get(handle);
    if (file === undefined) throw new AgentCommandFailed(`handle '${handle}' has not been found`);
    return file;
  }

  async close(handle: number): Promise<void> {
    const file = this.get(handle);
    this.#files.delete(handle);
    await file.close();
  }

  /** Those who held them are gone. */
  clear(): void {
    this.#files.clear();
  }
}
