import { commentable } from '../comment.ts';
import type { DomainDefinition } from './definition.ts';
import { formatDomain } from './format.ts';

/** What stands in front of every file that the daemon keeps about a domain. */
export const fileHeader = (name: string): string => `<!--
This file is written by the daemon that manages the domain: a change made here is lost with its next write.
To change the domain, use
  virsh edit ${commentable(name)}
or another program that talks to the daemon.
-->

`;

/** The text of `/etc/libvirt/lxc/NAME.xml`: the inactive document, secrets included. */
export const formatStoredDomain = (definition: DomainDefinition): string =>
  fileHeader(definition.name) + formatDomain(definition, { inactive: true, secure: true });
