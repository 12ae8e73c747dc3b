import { release } from 'node:os';
import { ConnectFlags } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { ConnectOperations } from '../../contract/hypervisor.ts';

/** The paths of `lxc://` URIs that mean this driver. */
const servedPaths = ['', '/', '/system'];

/** The connection itself. */
export function connecting(): ConnectOperations {
  return {
    connectOpen(uri, flags) {
      checkFlags(flags, ConnectFlags.RO, 'lxcConnectOpen');
      if (!isServed(uri)) throw errors.noConnect(uri);
    },
    connectGetType: () => 'LXC',
    connectGetVersion: () => versionNumber(release()),
    connectSupportsFeature: () => false,
  };
}

function isServed(uri: string): boolean {
  const match = /^lxc(?:\+[a-z0-9]+)?:(?:\/\/[^/?#]*)?([^?#]*)/i.exec(uri);
  return match !== null && servedPaths.includes(match[1] ?? '');
}

/** "6.1.55-debian" is 6001055. */
export function versionNumber(text: string): number {
  const [major = 0, minor = 0, patch = 0] = text.split(/[.-]/).map(part => Number.parseInt(part, 10) || 0);
  return major * 1_000_000 + minor * 1_000 + patch;
}
