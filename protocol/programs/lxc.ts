import type { Program } from '../procedure.ts';
import { struct, uint } from '../xdr/index.ts';
import { domain } from './remote/types.ts';

export const domainOpenNamespaceArgs = struct({ dom: domain, flags: uint });

/** What the public API keeps apart for containers. */
export const lxc = {
  name: 'lxc',
  number: 0x00068000,
  version: 1,
  procedures: {
    domainOpenNamespace: { number: 1, args: domainOpenNamespaceArgs, fds: 'reply', acl: ['domain:open_namespace'] },
  },
} satisfies Program;
