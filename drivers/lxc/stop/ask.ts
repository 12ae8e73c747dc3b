import { DomainShutdownFlagValues } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { ContainerProcess } from '../process/container-process.ts';
import { InitProcess, plainSignals } from './init-kind.ts';
import { requestRunLevel } from './initctl.ts';
import { signalName } from './signals.ts';

const { INITCTL, SIGNAL } = DomainShutdownFlagValues;
const runLevels = { shutdown: '0', reboot: '6' } as const;
export type StopRequest = keyof typeof runLevels;

/**
 * Asks a container to shut down or to reboot, by the ways that `flags` allow (none: all of them), the most orderly
 * first: sysvinit's pipe, the signals of an init system that is known, the signal that any program understands.
 * Returns the way that was taken, in words. Of a shutdown and a reboot the one asked for last is what its end means.
 *
 * libvirt says it has asked also where nobody listens. Here a program that has left the signal at its default gets what
 * the signal means anywhere else, its end: the kernel alone would keep it from process 1.
 */
export function askToStop(process: ContainerProcess, request: StopRequest, flags: number): string {
  const way = ask(process, request, flags === 0 ? INITCTL | SIGNAL : flags, flags === 0);
  if (request === 'shutdown') process.staysDown.abort();
  else process.staysDown = new AbortController();
  return way;
}

function ask(process: ContainerProcess, request: StopRequest, ways: number, anyWay: boolean): string {
  using init = InitProcess.open(process.container);
  if (init === null) return 'no way: it has ended';
  process.stopCause = null;
  const own = init.ownSignals;
  const signalAllowed = (ways & SIGNAL) !== 0;
  // An init that is told by signals keeps a pipe for old programs at most.
  if (own !== null && signalAllowed) {
    process.container.signal(own[request]);
    return `${signalName(own[request])}, as its init system wants it`;
  }
  if ((ways & INITCTL) !== 0 && requestRunLevel(init, runLevels[request]))
    return `the pipe of its init (run level ${runLevels[request]})`;
  if (!signalAllowed) throw errors.operationUnsupported('Container does not provide an initctl pipe');
  return signalProgram(process, request, init, anyWay);
}

/**
 * A program that is no init system. SIGHUP makes many read their configuration again: it stands for a reboot only where
 * a signal was asked for; else the program is asked to end, and starts again.
 */
function signalProgram(process: ContainerProcess, request: StopRequest, init: InitProcess, anyWay: boolean): string {
  const signal = plainSignals[anyWay ? 'shutdown' : request];
  if (!init.catches(signal)) {
    process.stopCause = request;
    process.container.kill();
    return `SIGKILL, as it has no handler for ${signalName(signal)}`;
  }
  if (anyWay && request === 'reboot') process.stopCause = 'reboot';
  process.container.signal(signal);
  return signalName(signal);
}
