/** Fields of shadow(5) that a new password is written to; the rest is the administrator's. */
const PASSWORD = 1;
const LAST_CHANGE = 2;
const FIELDS = 9;

/** Where a password may stand: in shadow(5) beside its date, or in passwd(5). */
export type PasswordFile = 'shadow' | 'passwd';

/**
 * The file with another password for `user`; null when the user is not in it. Every other byte stays, also those that
 * are not UTF-8. `day` is the day since the epoch on which it changes.
 */
export function withPassword(
  kind: PasswordFile,
  file: Buffer,
  user: string,
  password: string,
  day: number,
): Buffer | null {
  const lines = file.toString('latin1').split('\n');
  const index = lines.findIndex(line => line.startsWith(`${user}:`));
  const fields = lines[index]?.split(':');
  if (fields === undefined) return null;
  fields[PASSWORD] = password;
  if (kind === 'shadow') {
    while (fields.length < FIELDS) fields.push('');
    fields[LAST_CHANGE] = String(day);
  }
  lines[index] = fields.join(':');
  return Buffer.from(lines.join('\n'), 'latin1');
}

/** Whether the password of `user` in passwd(5) stands in shadow(5). */
export function isShadowed(passwd: Buffer, user: string): boolean {
  const line = passwd
    .toString('latin1')
    .split('\n')
    .find(line => line.startsWith(`${user}:`));
  return line?.split(':')[PASSWORD] === 'x';
}

/**
 * Whether a hash, as crypt(5) makes them, can stand in a field. A hash is what a client sends: one with a colon or the
 * end of a line would write more than its field.
 */
export const isHash = (text: string): boolean => /^[\x21-\x39\x3b-\x7e]{1,1024}$/.test(text);
