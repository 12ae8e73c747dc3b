import { DomainShutdownFlagValues } from '../../../contract/constants.ts';
import { domainRef } from '../../list/domain-list.ts';
import { requestStop } from '../../stop/request-stop.ts';
import { AgentCommandFailed } from '../session/agent-failure.ts';
import { DONE, type CommandTable } from './command.ts';

const { DEFAULT } = DomainShutdownFlagValues;

/** How guests are asked to stop, by the modes of guest-shutdown: a container's power cannot be left on. */
const stops = new Map([
  ['powerdown', 'shutdown'],
  ['halt', 'shutdown'],
  ['reboot', 'reboot'],
] as const);

/** That the agent is there, and the end of what it is in. */
export const basics = {
  'guest-ping': () => () => DONE,
  'guest-sync': args => {
    const id = args.integer('id');
    return () => id;
  },
  // The byte that delimits the answer is between agent and libvirt.
  'guest-sync-delimited': args => {
    const id = args.integer('id');
    return () => id;
  },
  'guest-shutdown': args => {
    const mode = args.textOr('mode', 'powerdown');
    const request = mode === 'powerdown' || mode === 'halt' || mode === 'reboot' ? stops.get(mode) : undefined;
    if (request === undefined) throw new AgentCommandFailed(`Invalid parameter 'mode'`);
    return async ({ context, domain }) => {
      await requestStop(context, domainRef(domain), request, DEFAULT);
      return DONE;
    };
  },
} as const satisfies CommandTable;
