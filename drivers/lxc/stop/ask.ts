import { DomainShutdownFlagValues } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { ContainerProcess } from '../process/container-process.ts';
import { InitProcess, plainSignals } from './init-kind.ts';
import { requestRunLevel } from './initctl.ts';

const { INITCTL, SIGNAL } = DomainShutdownFlagValues;
const runLevels = { shutdown: '0', reboot: '6' } as const;
type Request = keyof typeof runLevels;

/**
 * Asks a container to shut down or to reboot, by the ways that `flags` allow (none: all of them), the most orderly
 * first: sysvinit's pipe, the signals of an init system that is known, the signal that any program understands.
 *
 * libvirt says it has asked also where nobody listens. Here a program that has left the signal at its default gets what
 * the signal means anywhere else, its end: the kernel alone would keep it from process 1.
 */
export function askToStop(process: ContainerProcess, request: Request, flags: number): void {
  const ways = flags === 0 ? INITCTL | SIGNAL : flags;
  using init = InitProcess.open(process.container);
  // It has ended: what was asked for is happening.
  if (init === null) return;
  process.stopCause = null;
  const own = init.ownSignals;
  const signalAllowed = (ways & SIGNAL) !== 0;
  // An init that is told by signals keeps a pipe for old programs at most.
  if (own !== null && signalAllowed) return process.container.signal(own[request]);
  if ((ways & INITCTL) !== 0 && requestRunLevel(init, runLevels[request])) return;
  if (!signalAllowed) throw errors.operationUnsupported('Container does not provide an initctl pipe');
  signalProgram(process, request, init, flags === 0);
}

/**
 * A program that is no init system. SIGHUP makes many read their configuration again: it stands for a reboot only where
 * a signal was asked for; else the program is asked to end, and starts again.
 */
function signalProgram(process: ContainerProcess, request: Request, init: InitProcess, anyWay: boolean): void {
  const signal = plainSignals[anyWay ? 'shutdown' : request];
  if (!init.catches(signal)) {
    process.stopCause = request;
    return process.container.kill();
  }
  if (anyWay && request === 'reboot') process.stopCause = 'reboot';
  process.container.signal(signal);
}
