import { dirname } from 'node:path';
import type { Host } from './host.ts';
import type { Outcome } from './run.ts';

const IN_PLACE =
  'mount -t tmpfs none /run && mkdir /run/libvirt && mount --bind "$0" /run/libvirt && exec virt-admin "$@"';

/** virt-admin knows no other place for its socket: it gets a view in which the daemon's sockets are in it. */
export async function virtAdmin(host: Host, ...args: readonly string[]): Promise<Outcome> {
  const sockets = dirname(host.daemon?.socket ?? '');
  const options = ['--mount', 'sh', '-c', IN_PLACE, sockets, '--connect', 'libvirtd:///system', ...args];
  return await host.sandbox.run('unshare', options);
}

/** What it prints when it succeeds. */
export async function mustVirtAdmin(host: Host, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await virtAdmin(host, ...args);
  if (status !== 0) throw new Error(`virt-admin ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}
