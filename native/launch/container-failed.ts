import { getSystemErrorMap } from 'node:util';

/** A container could not be started: at which step of the controller, on which path, with which error of the system. */
export class ContainerFailed extends Error {
  /** "clone", "mount", "exec", … */
  readonly step: string;
  /** The path or name that the step worked on; empty if there is none. */
  readonly path: string;
  /** The kernel's errno, a positive number; 0 if the system call is not what failed. */
  readonly errno: number;
  /** "ENOENT"; empty for 0. */
  readonly code: string;

  constructor(step: string, path: string, errno: number) {
    const [code, text] = getSystemErrorMap().get(-errno) ?? ['', ''];
    const subject = path === '' ? step : `${step} ${path}`;
    super(errno === 0 ? subject : `${subject}: ${text || `errno ${errno}`}${code && ` (${code})`}`);
    this.name = 'ContainerFailed';
    this.step = step;
    this.path = path;
    this.errno = errno;
    this.code = code;
  }
}
