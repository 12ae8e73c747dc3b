import { join } from 'node:path';
import { mustRun } from '../conformance/harness/run.ts';
import type { Infer } from '../protocol/xdr/index.ts';
import type { domain } from '../protocol/programs/remote/types.ts';
import type { Client } from './client.ts';
import type { Target } from './target.ts';

export type Domain = Infer<typeof domain>;

const MKROOTFS = join(import.meta.dirname, '../scripts/mkrootfs.sh');

/** The busybox root tree of a target, which all its containers share. */
export async function rootOf(target: Target): Promise<string> {
  const root = join(target.directory, 'root');
  await mustRun('sh', [MKROOTFS, root]);
  return root;
}

/** A container in a network namespace of its own, without an interface, that runs `command` with the shell. */
export const documentOf = (name: string, root: string, command: string): string => `<domain type='lxc'>
  <name>${name}</name>
  <memory unit='MiB'>64</memory>
  <os><type>exe</type><init>/bin/sh</init><initarg>-c</initarg><initarg>${command}</initarg></os>
  <features><privnet/></features>
  <devices>
    <filesystem type='mount'><source dir='${root}'/><target dir='/'/></filesystem>
    <console type='pty'/>
  </devices>
</domain>`;

export const SLEEP = 'exec sleep 1000000';

export async function define(client: Client, document: string): Promise<Domain> {
  return (await client.call('domainDefineXml', { xml: document })).dom;
}

/** Destroys and undefines. */
export async function remove(client: Client, dom: Domain): Promise<void> {
  await client.call('domainDestroy', { dom }).catch(() => undefined);
  await client.call('domainUndefine', { dom });
}
