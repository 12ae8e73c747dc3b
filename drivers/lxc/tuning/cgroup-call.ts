import { CgroupUnavailable, type Cgroup, type Controller } from '../../../native/cgroup/cgroup.ts';
import { ControlFileError } from '../../../native/cgroup/file.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { LxcDomain } from '../domain.ts';

const notMounted: Readonly<Partial<Record<Controller, string>>> = {
  blkio: "blkio cgroup isn't mounted",
  memory: 'cgroup memory controller is not mounted',
  cpu: 'cgroup CPU controller is not mounted',
};

const missing = (controller: Controller): Error =>
  errors.operationInvalid(notMounted[controller] ?? `cgroup ${controller} controller is not mounted`);

/** A running domain's cgroup. Throws operationInvalid when it does not run, or the host has no such controller. */
export function cgroupOf({ running }: LxcDomain, controller: Controller): Cgroup {
  if (running === null) throw errors.operationInvalid('domain is not running', ErrorDomain.DOMAIN);
  if (!running.cgroup.has(controller)) throw missing(controller);
  return running.cgroup;
}

/** Turns the kernel's refusal of a value into the client's error: systemError with the file and the reason. */
export async function cgroupCall(action: () => Promise<void> | void): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (error instanceof CgroupUnavailable) throw missing(error.controller);
    if (error instanceof ControlFileError)
      throw errors.systemError(error.message, ErrorDomain.CGROUP, { cause: error });
    throw error;
  }
}
