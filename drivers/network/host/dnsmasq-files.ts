import { join } from 'node:path';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { Paths } from '../../contract/paths.ts';
import type { NetworkDefinition } from '../../xml/network/definition.ts';

/** The files of one network's dnsmasq, where libvirt has them. */
export interface DnsmasqFiles {
  readonly directory: string;
  readonly configuration: string;
  /** Guests with fixed addresses, and names of hosts: read again on SIGHUP. */
  readonly hosts: string;
  readonly names: string;
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
    hosts: join(directory, `${name}.hostsfile`),
    names: join(directory, `${name}.addnhosts`),
    leases: join(directory, `${bridge?.name ?? name}.leases`),
    runDirectory,
    pid: join(runDirectory, `${name}.pid`),
  };
}
