/** The daemon as it is, with the driver of the tests. */
import { parseCommandLine } from '../process/command-line.ts';
import { run } from '../process/run.ts';
import { MemoryDriver } from './memory-driver.ts';

const args = process.argv.slice(2);
const commandLine = parseCommandLine(args, process.cwd());
if (commandLine.kind !== 'run') throw new Error('Only runs');
await run({
  options: commandLine.options,
  script: import.meta.filename,
  args,
  createDrivers: () => ({ hypervisor: new MemoryDriver() }),
});
