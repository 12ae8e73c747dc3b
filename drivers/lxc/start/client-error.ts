import { ErrorDomain } from '../../contract/constants.ts';
import { errors, LibvirtError } from '../../contract/error.ts';
import { CgroupUnavailable } from '../../../native/cgroup/cgroup.ts';
import { ControlFileError } from '../../../native/cgroup/file.ts';
import { ContainerFailed } from '../../../native/launch/container-failed.ts';
import { containerFailure, startFailure } from '../plan/start-failure.ts';

/** What a client is told when a start fails. Bugs of ours pass as they are: the daemon logs them with their stack. */
export function clientError(error: unknown): unknown {
  if (error instanceof LibvirtError) return error;
  if (error instanceof ContainerFailed) return containerFailure(error);
  if (error instanceof CgroupUnavailable) return errors.configUnsupported(error.message, undefined, { cause: error });
  if (error instanceof ControlFileError) return errors.systemError(error.message, ErrorDomain.CGROUP, { cause: error });
  // An error of the system, of Node's own making or in its shape.
  if (error instanceof Error && 'syscall' in error) return startFailure(error.message, error);
  return error;
}
