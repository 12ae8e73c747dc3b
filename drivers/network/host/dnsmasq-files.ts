import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { pidNameOf, type Paths } from '../../contract/paths.ts';
import type { NetworkDefinition } from '../../xml/network/definition.ts';

/** The files of one network's dnsmasq, where libvirt has them. */
export interface DnsmasqFiles {
  readonly directory: string;
  readonly configuration: string;
  /**
   * Guests with fixed addresses, and names of hosts: read by a process that is no longer root, and again on SIGHUP.
   * Null where it could not get at them, since a directory on the way is closed to it.
   */
  readonly readAgain: { readonly hosts: string; readonly names: string } | null;
  /** dnsmasq's own list of what it has given out. */
  readonly leases: string;
  readonly runDirectory: string;
  readonly pid: string;
}

/** Throws internalError for a name that would lead elsewhere. */
export function dnsmasqFiles(paths: Paths, { name, bridge }: NetworkDefinition): DnsmasqFiles {
  if (name.includes('/') || name.includes('\0') || name === '.' || name === '..')
    throw errors.internalError(`'${name}' cannot be part of a file's name`, ErrorDomain.NETWORK);
  const directory = join(paths.lib, 'dnsmasq');
  const runDirectory = join(paths.run, 'network');
  return {
    directory,
    configuration: join(directory, `${name}.conf`),
    readAgain: isOpen(paths.lib)
      ? { hosts: join(directory, `${name}.hostsfile`), names: join(directory, `${name}.addnhosts`) }
      : null,
    leases: join(directory, `${bridge?.name ?? name}.leases`),
    runDirectory,
    pid: join(runDirectory, `${pidNameOf(name)}.pid`),
  };
}

/** Whether everybody may pass through a directory. What is not there yet will be made so. */
function isOpen(directory: string): boolean {
  for (let path = directory; ; path = dirname(path)) {
    const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0o755;
    if ((mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}
