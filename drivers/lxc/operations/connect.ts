import { release } from 'node:os';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { ConnectOperations } from '../../contract/hypervisor.ts';

/** The connection itself. Of the flags only RO is known, and what it means is the daemon's affair. */
export function connecting(): ConnectOperations {
  return {
    connectOpen: uri => requireServed(uri),
    connectGetType: () => 'LXC',
    connectGetVersion: () => versionNumber(release()),
    connectSupportsFeature: () => false,
  };
}

/** The paths of URIs that mean this driver. */
const servedPaths = ['', '/', '/system'];

const { NONE, URI } = ErrorDomain;

/** Generic syntax of a URI (RFC 3986) without user and port: scheme, host, path. */
const syntax = /^([a-z][a-z0-9+.-]*):(?:\/\/(?:[^@/?#]*@)?([^:/?#]*)(?::\d*)?)?([^?#]*)/i;

/** An empty URI is the host's own choice, which is this driver. One with a host's name means some other daemon. */
function requireServed(uri: string): void {
  if (uri === '') return;
  // oxlint-disable-next-line no-control-regex: these are what a URI may not contain.
  if (/[\0-\x20\x7f]/.test(uri)) throw errors.internalError(`Unable to parse URI ${uri}`, URI);
  const [, scheme, host, path] = syntax.exec(uri) ?? [];
  if (scheme === undefined || path === undefined) {
    throw errors.noConnect(`URI '${uri}' does not include a driver name`, NONE);
  }
  if (scheme !== 'lxc' || (host ?? '') !== '') throw errors.noConnect(uri, NONE);
  if (!servedPaths.includes(path)) {
    throw errors.internalError(`Unexpected LXC URI path '${path}', try lxc:///system`);
  }
}

/** "6.1.55-debian" is 6001055. */
function versionNumber(text: string): number {
  const [major = 0, minor = 0, patch = 0] = text.split(/[.-]/).map(part => Number.parseInt(part, 10) || 0);
  return major * 1_000_000 + minor * 1_000 + patch;
}
