import { hostname } from 'node:os';
import type { HostFiles } from './host-files.ts';

/**
 * The host's name, with its domain where /etc/hosts gives it one: the first name of the first line that has it. A name
 * that stands for the loopback address alone is no better than the short one.
 */
export function hostName(files: HostFiles, short: string = hostname()): string {
  if (short.includes('.')) return short;
  for (const line of (files.text('/etc/hosts') ?? '').split('\n')) {
    const [, ...names] = (line.split('#')[0] ?? '').trim().split(/\s+/);
    const [canonical] = names;
    if (canonical !== undefined && names.includes(short) && !canonical.startsWith('localhost')) return canonical;
  }
  return short;
}
