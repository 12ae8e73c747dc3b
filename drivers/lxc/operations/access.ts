import { existsSync } from 'node:fs';
import { DomainConsoleFlags, ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { DomainAccess } from '../../contract/hypervisor.ts';
import { openNamespaces } from '../../../native/launch/namespaces.ts';
import type { LxcContext } from '../context.ts';
import { openTerminal } from '../process/terminal.ts';

const { FORCE, SAFE } = DomainConsoleFlags;

/** Getting into a container. */
export function access({ domains, processes }: LxcContext): DomainAccess {
  return {
    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainOpenConsole(ref, device, flags) {
      checkFlags(flags, FORCE | SAFE, 'lxcDomainOpenConsole');
      const domain = domains.find(ref);
      const process = processes.running(domain);
      const { consoles } = domain.definition.devices;
      const index = device === null ? 0 : consoles.findIndex(({ alias }) => alias === device);
      const path = process.container.consoles[index];
      if (path === undefined) throw errors.internalError(`cannot find console device '${device ?? 'default'}'`);
      const holder = process.consoleHolders.get(index);
      if (holder !== undefined && (flags & FORCE) === 0)
        throw errors.operationFailed('Active console session exists for this domain');
      holder?.destroy();
      const terminal = openTerminal(path);
      if (!existsSync(`/proc/${process.controllerPid}`)) {
        // The kernel may have given the terminal's name to another.
        terminal.destroy();
        throw errors.operationInvalid('domain is not running', ErrorDomain.DOMAIN);
      }
      process.consoleHolders.set(index, terminal);
      terminal.once('close', () => {
        if (process.consoleHolders.get(index) === terminal) process.consoleHolders.delete(index);
      });
      return terminal;
    },

    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    async domainLxcOpenNamespace(ref, flags) {
      checkFlags(flags, 0, 'lxcDomainLxcOpenNamespace');
      return openNamespaces(processes.running(domains.find(ref)).container);
    },
  };
}
