import type { Cgroup } from '../../../native/cgroup/cgroup.ts';
import type { LxcContext } from '../context.ts';

/** How long the kernel may take to end what a killed controller left, in ms. */
const END_LIMIT = 30_000;

/** Removes the cgroup of a container whose controller could not: it was killed, and its last processes are on their way. */
export async function removeLeftCgroup({ log }: LxcContext, domain: string, cgroup: Cgroup): Promise<void> {
  try {
    await cgroup.kill(END_LIMIT);
    cgroup.remove();
  } catch (error) {
    log.warn({ domain, error }, 'A cgroup is left behind');
  }
}
