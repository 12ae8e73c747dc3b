import type { Host } from './host.ts';

/** What virsh says of a call that must fail. */
export async function refused(host: Host, ...args: readonly string[]): Promise<string> {
  const { status, stderr } = await host.virsh(args);
  if (status === 0) throw new Error(`virsh ${args.join(' ')} succeeded`);
  return stderr;
}
