import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What the command line asks for. Paths are absolute. */
export interface DaemonOptions {
  /** Null: the default of the configuration. */
  readonly config: string | null;
  readonly daemonize: boolean;
  /** Null: the default below /run. */
  readonly pidFile: string | null;
  readonly listen: boolean;
  /** Seconds without clients and running domains after which the daemon ends; 0 never. */
  readonly timeout: number;
  readonly verbose: boolean;
  readonly root: string | null;
}

export type CommandLine =
  | { readonly kind: 'run'; readonly options: DaemonOptions }
  | { readonly kind: 'help' | 'version' | 'compile' }
  /** Looks at the host, for a daemon with that root. */
  | { readonly kind: 'doctor'; readonly root: string | null }
  | { readonly kind: 'wrong'; readonly problem: string };

const options = {
  help: { type: 'boolean', short: 'h' },
  verbose: { type: 'boolean', short: 'v' },
  daemon: { type: 'boolean', short: 'd' },
  listen: { type: 'boolean', short: 'l' },
  timeout: { type: 'string', short: 't' },
  config: { type: 'string', short: 'f' },
  version: { type: 'boolean', short: 'V' },
  compile: { type: 'boolean' },
  'pid-file': { type: 'string', short: 'p' },
  root: { type: 'string' },
} as const;

/** More seconds than a timer of Node can wait. */
const MAX_TIMEOUT = 2_147_483;

/** Reads what comes behind the program's name; relative paths are relative to `directory`. */
export function parseCommandLine(args: readonly string[], directory: string): CommandLine {
  const parsed = parse(args);
  if (typeof parsed === 'string') return { kind: 'wrong', problem: parsed };
  const { values, positionals } = parsed;
  if (values.help === true) return { kind: 'help' };
  if (values.version === true) return { kind: 'version' };
  if (values.compile === true) return { kind: 'compile' };
  const absolute = (path: string | undefined): string | null => (path === undefined ? null : resolve(directory, path));
  if (positionals.join(' ') === 'doctor') return { kind: 'doctor', root: absolute(values.root) };
  if (positionals.length > 0) return { kind: 'wrong', problem: 'unexpected, non-option, command line arguments' };
  const timeout = values.timeout ?? '0';
  if (!/^\d{1,9}$/.test(timeout) || Number(timeout) > MAX_TIMEOUT)
    return { kind: 'wrong', problem: `Invalid value for timeout: '${timeout}' is not 0 to ${MAX_TIMEOUT} seconds` };
  return {
    kind: 'run',
    options: {
      config: absolute(values.config),
      daemonize: values.daemon === true,
      pidFile: absolute(values['pid-file']),
      listen: values.listen === true,
      timeout: Number(timeout),
      verbose: values.verbose === true,
      root: absolute(values.root),
    },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    // What follows the first sentence is advice of Node's that does not fit here.
    return String(error instanceof Error ? error.message : error).replace(/\. .*$/s, '');
  }
}

export const usage = (program: string): string => `
Usage:
  ${program} [options]
  ${program} doctor        Look at the host, and say what to change

Options:
  -h | --help            Display program help
  -v | --verbose         Verbose messages
  -d | --daemon          Run as a daemon & write PID file
  -l | --listen          Listen for TCP/IP connections
  -t | --timeout <secs>  Exit after timeout period
  -f | --config <file>   Configuration file
  -V | --version         Display version information
  -p | --pid-file <file> Change name of PID file
       --compile         Compile the program for quick and small starts, and exit
       --root <dir>      Keep everything (etc, run, var, cgroups, bridges) below or apart for <dir>

A libvirt daemon for Linux containers (lxc:///):

  Default paths:

    Configuration file (unless overridden by -f):
      /etc/libvirt/libvirtd.conf, or /etc/libvirt/virtlxcd.conf where that one is missing

    Sockets:
      /run/libvirt/libvirt-sock
      /run/libvirt/libvirt-sock-ro
      /run/libvirt/virtlxcd-sock
      /run/libvirt/virtlxcd-sock-ro

    PID file (unless overridden by -p):
      /run/libvirtd.pid

`;
