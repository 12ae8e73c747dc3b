import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../../bench/statistics.ts';
import { Talker } from './talker.ts';
import type { Target } from './target.ts';

/** Between two calls, in ms. */
const PAUSE_MS = 2;

/** A client that behaves: it makes a small call now and then, and looks at its watch. */
export class Victim implements Disposable {
  readonly #talker: Talker;

  private constructor(talker: Talker) {
    this.#talker = talker;
  }

  static async open(target: Target): Promise<Victim> {
    const talker = await Talker.enter(target);
    const code = await talker.open();
    if (code !== 0) throw new Error(`cannot open the connection: ${code}`);
    return new Victim(talker);
  }

  /** Below what `fraction` of the answers took, in ms, over some time. Throws when one did not come. */
  async waits(milliseconds: number, fraction: number): Promise<number> {
    const times: number[] = [];
    for (const end = performance.now() + milliseconds; performance.now() < end; await sleep(PAUSE_MS)) {
      const began = performance.now();
      const { code, message } = await this.#talker.call('connectGetLibVersion');
      if (code !== 0) throw new Error(`a client that behaves was told: ${message}`);
      times.push(performance.now() - began);
    }
    return quantile(times, fraction);
  }

  [Symbol.dispose](): void {
    this.#talker[Symbol.dispose]();
  }
}
