import { commandOf } from './process-name.ts';

/** Another process has what this daemon is to have: a pid file, or a socket. */
export class Taken extends Error {
  override readonly name = 'Taken';

  /**
   * `pid` is the other's, null or 0 where it is not known: in another namespace. `advice` is for when it is a daemon of
   * libvirt's: two of this one have no way to share anything.
   */
  constructor(what: string, pid: number | null, advice: string) {
    super(pid === null || pid === 0 ? `${what}. ${advice}`.trim() : `${what}, ${described(pid, advice)}`);
  }
}

function described(pid: number, advice: string): string {
  const command = commandOf(pid);
  const holder = `${command} (${pid})`;
  return command === 'lxvirtd' ? holder : `${holder}. ${advice}`.trim();
}
