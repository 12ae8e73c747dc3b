import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks until the answer is neither null, undefined nor false, and returns it. Throws after `deadline` milliseconds, with
 * `what` was awaited. Tests wait for conditions with this, never for a time.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  deadline = 60_000,
): Promise<T> {
  const end = performance.now() + deadline;
  for (let pause = 10; ; pause = Math.min(pause * 1.5, 250)) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`waited ${deadline} ms in vain: ${what}`);
    await sleep(pause);
  }
}
