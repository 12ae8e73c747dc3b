import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { runTool } from '../../../native/tools/run-tool.ts';
import type { Log } from '../../contract/log.ts';
import type { ProcFile } from '../plan/proc-files.ts';

/** Where distributions mount it. */
const MOUNT = '/var/lib/lxcfs';

/** What it shows each container its own of. */
const names = ['cpuinfo', 'diskstats', 'loadavg', 'meminfo', 'slabinfo', 'stat', 'swaps', 'uptime'];

/** How long it may take to answer, and how long an answer counts; ms. */
const ANSWER_LIMIT = 1000;
const FRESH = 10_000;

/** The name of a part of mountinfo's line, and what root's own mounts say in its options. */
const lineOfMount = / - fuse\.lxcfs \S+ \S*\buser_id=0\b/;

/**
 * lxcfs, a file system that shows every container a /proc of its own, where the host has it. It is a program that may
 * hang, and whoever looks at it then hangs with it: another program looks first.
 */
export class Lxcfs {
  readonly #log: Log;
  #alive = false;
  /** When the last answer came; performance.now(). */
  #asked = -Infinity;
  #asking: Promise<boolean> | null = null;

  constructor(log: Log) {
    this.#log = log;
  }

  /** The files that take the place of a container's own; none without an lxcfs that answers. */
  async files(): Promise<readonly ProcFile[]> {
    if (!isMounted()) return [];
    return (await this.#answers()) ? names.map(name => ({ name, source: `${MOUNT}/proc/${name}` })) : [];
  }

  async #answers(): Promise<boolean> {
    if (performance.now() - this.#asked < FRESH) return this.#alive;
    // One that hangs is asked once, by one program: what it holds cannot always be ended.
    const first = this.#asking === null;
    this.#asking ??= this.#ask();
    const answer = await Promise.race([this.#asking, sleep(first ? ANSWER_LIMIT : 0, null, { ref: false })]);
    if (first && answer !== true) this.#log.warn({ mount: MOUNT }, 'lxcfs does not answer; containers do without it');
    return answer === true;
  }

  async #ask(): Promise<boolean> {
    try {
      await runTool('head', ['-c', '1', `${MOUNT}/proc/uptime`], { timeLimit: 10 * ANSWER_LIMIT });
      this.#alive = true;
    } catch {
      this.#alive = false;
    }
    this.#asked = performance.now();
    this.#asking = null;
    return this.#alive;
  }
}

/** Whether root mounted it: anybody could mount something that is called so, elsewhere. */
function isMounted(): boolean {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const last = lines.findLast(line => line.split(' ', 5)[4] === MOUNT);
  return last !== undefined && lineOfMount.test(last);
}
