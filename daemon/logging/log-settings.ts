import { accessSync, constants } from 'node:fs';
import { isatty } from 'node:tty';
import { join } from 'node:path';
import { parseFilters } from './filters.ts';
import type { LogSettings } from './logs.ts';
import type { Output } from './outputs.ts';
import { parseOutputs } from './outputs.ts';
import { parsePriority, Priority } from './priority.ts';

export interface LogRequest {
  /** 0: not set. */
  readonly log_level: number;
  readonly log_filters: string;
  readonly log_outputs: string;
}

/** How the process runs decides where messages go that nobody gave a place. */
export interface LogSurroundings {
  readonly verbose: boolean;
  /** It left its terminal (--daemon). */
  readonly detached: boolean;
  /** libvirt's logs: /var/log/libvirt */
  readonly directory: string;
  readonly journald: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * What to log where. LIBVIRT_DEBUG, LIBVIRT_LOG_FILTERS and LIBVIRT_LOG_OUTPUTS of the environment win over the
 * configuration. Throws an Error that names the key and what is wrong with it.
 */
export function logSettings(request: LogRequest, surroundings: LogSurroundings): LogSettings {
  const { env } = surroundings;
  const fallback = surroundings.verbose ? Priority.info : Priority.warn;
  const priority = parsePriority(env['LIBVIRT_DEBUG'] ?? '') ?? parsePriority(String(request.log_level)) ?? fallback;
  const filters = named('log_filters', () => parseFilters(env['LIBVIRT_LOG_FILTERS'] ?? request.log_filters));
  const outputs = named('log_outputs', () => parseOutputs(env['LIBVIRT_LOG_OUTPUTS'] ?? request.log_outputs));
  return { priority, filters, outputs: outputs.length > 0 ? outputs : [defaultOutput(priority, surroundings)] };
}

function named<T>(key: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new Error(`${key}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** As libvirt does: a person at a terminal reads stderr, a service the journal, and a daemon without one has a file. */
function defaultOutput(priority: Priority, surroundings: LogSurroundings): Output {
  const asUnit = surroundings.env['INVOCATION_ID'] !== undefined && !isatty(0);
  if (!surroundings.detached && !asUnit) return { priority, kind: 'stderr' };
  if (isWritable(surroundings.journald)) return { priority, kind: 'journald' };
  return { priority, kind: 'file', path: join(surroundings.directory, 'lxvirtd.log') };
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
