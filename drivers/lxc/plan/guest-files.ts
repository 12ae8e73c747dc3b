import { existsSync } from 'node:fs';
import type { Entry, Operation } from '../../../native/plan/plan.ts';
import type { GuestSettings } from '../../xml/domain/guest-settings.ts';
import type { Identity } from './identity.ts';

/** In /dev, which is the container's own from its start to its end. */
const DIRECTORY = '.guest';

type Content = (settings: GuestSettings) => string | null;

/** What is written for a guest, and the files of its root that it is seen in place of. */
const files: readonly { readonly name: string; readonly target: string; readonly content: Content }[] = [
  {
    name: 'hostname',
    target: '/etc/hostname',
    content: ({ hostname }) => (hostname === null ? null : `${hostname}\n`),
  },
  { name: 'resolv.conf', target: '/etc/resolv.conf', content: resolverFile },
];

function resolverFile({ nameservers, searchDomains }: GuestSettings): string | null {
  if (nameservers.length === 0 && searchDomains.length === 0) return null;
  const search = searchDomains.length === 0 ? [] : [`search ${searchDomains.join(' ')}`];
  return [...search, ...nameservers.map(address => `nameserver ${address}`), ''].join('\n');
}

/** Files for /dev, and what puts each over its place: the root itself stays as it is. */
export interface GuestFiles {
  readonly entries: readonly Entry[];
  readonly operations: readonly Operation[];
}

/** `hostsRoot`: the container's root is the host's, where nothing is made that is not there. */
export function guestFiles(
  settings: GuestSettings,
  { rootUid: uid, rootGid: gid }: Identity,
  hostsRoot: boolean,
): GuestFiles {
  const written = files.flatMap(({ name, target, content }) => {
    const contents = content(settings);
    if (contents === null || (hostsRoot && !existsSync(target))) return [];
    return [{ path: `${DIRECTORY}/${name}`, target, contents }];
  });
  return {
    entries: written.map(({ path, contents }): Entry => ({ make: 'file', path, mode: 0o644, uid, gid, contents })),
    operations: written.map(({ path, target }): Operation => ({ do: 'cover', source: `/dev/${path}`, target })),
  };
}
