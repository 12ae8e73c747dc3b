import { basics } from './basics.ts';
import { changes } from './changes.ts';
import type { Command } from './command.ts';
import { files } from './files.ts';
import { programs } from './programs.ts';
import { queries } from './queries.ts';

/** The release of QEMU's agent whose documented commands these are. */
const VERSION = '7.2.0';

const listed = { ...basics, ...files, ...programs, ...queries, ...changes };

const information: Command = () => () => ({
  version: VERSION,
  supported_commands: [...commands.keys()].map(name => ({ enabled: true, name, 'success-response': true })),
});

/** Every command that the agent knows, by its name. */
export const commands: ReadonlyMap<string, Command> = new Map([
  ...Object.entries<Command>(listed),
  ['guest-info', information],
]);
