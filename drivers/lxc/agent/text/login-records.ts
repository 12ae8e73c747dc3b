import { shown } from './guest-text.ts';

/** One who is logged in. */
export interface Login {
  readonly user: string;
  /** Since the epoch. */
  readonly microseconds: bigint;
}

/** struct utmp of glibc: where its size and its time depend on the architecture, the rest does not. */
const layouts: Readonly<Record<string, { size: number; seconds: number; wide: boolean }>> = {
  x64: { size: 384, seconds: 340, wide: false },
  arm64: { size: 400, seconds: 344, wide: true },
};
const USER_PROCESS = 7;
const NAME = { at: 44, length: 32 } as const;
const MILLION = 1_000_000n;

/** The users of utmp(5), each once with the earliest of the logins; in the file's order. */
export function parseLogins(bytes: Buffer, architecture: string = process.arch): Login[] {
  const layout = layouts[architecture];
  if (layout === undefined) return [];
  const logins = new Map<string, bigint>();
  for (let at = 0; at + layout.size <= bytes.length; at += layout.size) {
    const record = bytes.subarray(at, at + layout.size);
    if (record.readInt16LE(0) !== USER_PROCESS) continue;
    const user = shown(cString(record.subarray(NAME.at, NAME.at + NAME.length)));
    const time = timeOf(record, layout);
    const known = logins.get(user);
    if (user !== '' && (known === undefined || time < known)) logins.set(user, time);
  }
  return [...logins].map(([user, microseconds]) => ({ user, microseconds }));
}

function timeOf(record: Buffer, { seconds, wide }: { seconds: number; wide: boolean }): bigint {
  if (!wide) return BigInt(record.readUInt32LE(seconds)) * MILLION + BigInt(record.readUInt32LE(seconds + 4));
  return record.readBigInt64LE(seconds) * MILLION + record.readBigInt64LE(seconds + 8);
}

function cString(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
}
