import { ErrorDomain } from '../../drivers/contract/constants.ts';
import { errors } from '../../drivers/contract/error.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { admin } from '../../protocol/programs/admin.ts';
import type { Call } from '../call.ts';
import { requireNoFlags, type Administration } from './administration.ts';

/** What the daemon logs, and where to. An empty text brings the defaults back. */
export function loggingHandlers({ logs }: Administration) {
  return {
    connectGetLoggingFilters(_call, { flags }) {
      requireNoFlags(flags, 'adminConnectGetLoggingFilters');
      return { filters: logs.filters === '' ? null : logs.filters, nfilters: count(logs.filters) };
    },
    connectGetLoggingOutputs(_call, { flags }) {
      requireNoFlags(flags, 'adminConnectGetLoggingOutputs');
      return { outputs: logs.outputs, noutputs: count(logs.outputs) };
    },
    connectSetLoggingFilters(_call, { filters, flags }) {
      requireNoFlags(flags, 'adminConnectSetLoggingFilters');
      changing(() => logs.setFilters(filters ?? ''));
    },
    connectSetLoggingOutputs(_call, { outputs, flags }) {
      requireNoFlags(flags, 'adminConnectSetLoggingOutputs');
      changing(() => logs.setOutputs(outputs ?? ''));
    },
  } satisfies Handlers<typeof admin.procedures, Call>;
}

const count = (settings: string): number => settings.split(' ').filter(Boolean).length;

function changing(change: () => void): void {
  try {
    change();
  } catch (error) {
    throw errors.invalidArg(error instanceof Error ? error.message : String(error), ErrorDomain.NONE);
  }
}
