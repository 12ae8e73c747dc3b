import { readFileSync } from 'node:fs';

/** Who a client is: what the kernel, its certificate or SASL told of it, or the proxy daemon that speaks for it. */
export interface Identity {
  readonly userName: string | null;
  readonly unixUserId: number | null;
  readonly unixUserName: string | null;
  readonly unixGroupId: number | null;
  readonly unixGroupName: string | null;
  readonly processId: number | null;
  /** In clock ticks since the host started: a number that is used again has another. */
  readonly processTime: bigint | null;
  readonly saslUserName: string | null;
  readonly x509Name: string | null;
  readonly selinuxContext: string | null;
}

export const nobody: Identity = {
  userName: null,
  unixUserId: null,
  unixUserName: null,
  unixGroupId: null,
  unixGroupName: null,
  processId: null,
  processTime: null,
  saslUserName: null,
  x509Name: null,
  selinuxContext: null,
};

/** When a process started (field 22 of /proc/PID/stat, in clock ticks since the host did); null when it is gone. */
export function processTime(pid: number): bigint | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in front, in parentheses, is the process's own to choose.
    const field = text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
    return field === undefined ? null : BigInt(field);
  } catch {
    return null;
  }
}
