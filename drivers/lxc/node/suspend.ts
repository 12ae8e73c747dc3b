import { writeFile } from 'node:fs/promises';
import { runTool } from '../../../native/tools/run-tool.ts';
import { ErrorDomain, NodeSuspendTarget } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { Log } from '../../contract/log.ts';
import type { NodeOperations } from '../../contract/node.ts';
import type { HostFiles } from './host-files.ts';

/** Time for the answer to reach the client, in ms. */
const delay = 10_000;
/** Seconds; below, the host could wake before it sleeps. */
const shortest = 60n;

/** One row for each target: what it is called, and what the kernel is told. */
const targets = [
  { number: NodeSuspendTarget.MEM, name: 'Suspend-to-RAM', capability: 'suspend_mem', state: 'mem', disk: null },
  { number: NodeSuspendTarget.DISK, name: 'Suspend-to-Disk', capability: 'suspend_disk', state: 'disk', disk: null },
  {
    number: NodeSuspendTarget.HYBRID,
    name: 'Hybrid-Suspend',
    capability: 'suspend_hybrid',
    state: 'disk',
    disk: 'suspend',
  },
] as const;
type Target = (typeof targets)[number];

function supported(files: HostFiles, { state, disk }: Target): boolean {
  const states = (files.text('/sys/power/state') ?? '').split(' ');
  const modes = (files.text('/sys/power/disk') ?? '').replaceAll(/[[\]]/g, '').split(' ');
  return states.includes(state) && (disk === null || modes.includes(disk));
}

/** For the capabilities document. */
export const suspendTargets = (files: HostFiles): Target['capability'][] =>
  targets.filter(target => supported(files, target)).map(({ capability }) => capability);

/** Puts the host to sleep, a while after the call has been answered; its clock's alarm wakes it. */
export function suspend(files: HostFiles, log: Log): Pick<NodeOperations, 'nodeSuspendForDuration'> {
  let underWay = false;
  return {
    async nodeSuspendForDuration(number, seconds, flags) {
      checkFlags(flags, 0, 'virNodeSuspend', ErrorDomain.NONE);
      const target = targets.find(row => row.number === number);
      if (target === undefined) throw errors.invalidArg('Invalid suspend target', ErrorDomain.NONE);
      if (!supported(files, target)) throw errors.argumentUnsupported(target.name, ErrorDomain.NONE);
      if (seconds < shortest) throw errors.invalidArg('Suspend duration is too short', ErrorDomain.NONE);
      if (underWay) throw errors.operationInvalid('Suspend operation already in progress', ErrorDomain.NONE);
      underWay = true;
      try {
        await runTool('rtcwake', ['--mode', 'no', '--seconds', seconds.toString()]);
      } catch (cause) {
        underWay = false;
        throw errors.internalError('the alarm of the real-time clock cannot be set', ErrorDomain.NONE, { cause });
      }
      setTimeout(() => {
        void sleep(files, target)
          .catch((error: unknown) => log.error({ error, target: target.name }, 'The host did not go to sleep'))
          .finally(() => (underWay = false));
      }, delay);
    },
  };
}

/** Resolves when the host is awake again. */
async function sleep(files: HostFiles, { state, disk }: Target): Promise<void> {
  if (disk !== null) await writeFile(files.path('/sys/power/disk'), disk);
  await writeFile(files.path('/sys/power/state'), state);
}
