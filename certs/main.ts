/** lxvirtd-pki: bin/lxvirtd-pki runs this. */
import { PkiError } from './authority.ts';
import { parseCommandLine, USAGE } from './command-line.ts';
import { commands } from './commands.ts';
import { pkiPlaces } from './places.ts';

try {
  const line = parseCommandLine(process.argv.slice(2));
  if (line === null) process.stdout.write(USAGE);
  else {
    const command = Object.hasOwn(commands, line.command) ? commands[line.command] : undefined;
    if (command === undefined) throw new PkiError(`no command '${line.command}'\n${USAGE}`);
    const { text, ok } = await command(line, pkiPlaces(line.root));
    process.stdout.write(text);
    if (!ok) process.exitCode = 1;
  }
} catch (error) {
  process.stderr.write(`lxvirtd-pki: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
