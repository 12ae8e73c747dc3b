/** lxvirtd: bin/lxvirtd runs this. What only a running daemon needs is loaded once it is to run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCommandLine, usage } from './process/command-line.ts';

const PROGRAM = 'lxvirtd';
const args = process.argv.slice(2);
const commandLine = parseCommandLine(args, process.cwd());

switch (commandLine.kind) {
  case 'help':
    process.stdout.write(usage(PROGRAM));
    break;
  case 'version':
    process.stdout.write(`${PROGRAM} (libvirt 9.0.0) ${version()}\n`);
    break;
  case 'wrong':
    process.stderr.write(`${PROGRAM}: ${commandLine.problem}\n${usage(PROGRAM)}`);
    process.exitCode = 1;
    break;
  case 'compile': {
    const { loadEverything } = await import('./process/compile.ts');
    await loadEverything(join(import.meta.dirname, '..'));
    break;
  }
  case 'doctor': {
    const { examine } = await import('./doctor/doctor.ts');
    const { hostPaths } = await import('../drivers/contract/paths.ts');
    const { text, healthy } = await examine(hostPaths(commandLine.root));
    process.stdout.write(text);
    if (!healthy) process.exitCode = 1;
    break;
  }
  case 'run': {
    process.title = PROGRAM;
    const { run, createDrivers } = await load();
    await run({
      options: commandLine.options,
      script: import.meta.filename,
      args,
      createDrivers,
    });
  }
}

/** What every daemon needs. */
async function load() {
  const { run } = await import('./process/run.ts');
  const { createDrivers } = await import('../drivers/drivers.ts');
  return { run, createDrivers };
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return /"version": "([^"]*)"/.exec(text)?.[1] ?? 'unknown';
}
