import type { Log } from '../../contract/log.ts';

/** What takes back the steps of a start, last first, unless the start is kept. A step that cannot be taken back is reported. */
export class UndoStack {
  readonly #log: Log;
  #steps: { readonly what: string; readonly undo: () => unknown }[] = [];

  constructor(log: Log) {
    this.#log = log;
  }

  /** `what` is said of an undo that fails. */
  push(what: string, undo: () => unknown): void {
    this.#steps.push({ what, undo });
  }

  /** Nothing is taken back. */
  keep(): void {
    this.#steps = [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step.undo();
      } catch (error) {
        this.#log.warn({ error }, `After a failed start ${step.what} is left`);
      }
    }
  }
}
