import { linesOf } from './guest-text.ts';

/** One line of passwd(5). */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** Absolute. */
  readonly home: string;
}

const NAME = /^[A-Za-z0-9_.][A-Za-z0-9_.@-]{0,255}\$?$/;
/** The last number means "leave as it is" to chown. */
const MAX_ID = 0xffff_fffe;

/** Whether a name can be that of an account: nothing that has a meaning in passwd(5), in a path or to a shell. */
export const isAccountName = (name: string): boolean => NAME.test(name) && !/^\.+$/.test(name);

/** The account of that name, as getpwnam(3) finds it: the first line counts. Null when there is none that makes sense. */
export function findAccount(passwd: Buffer, name: string): Account | null {
  for (const line of linesOf(passwd)) {
    const fields = line.split(':');
    const [found, , uid = '', gid = '', , home = ''] = fields;
    if (found !== name) continue;
    if (fields.length !== 7 || !isId(uid) || !isId(gid) || !home.startsWith('/') || home.includes('\0')) return null;
    return { name, uid: Number(uid), gid: Number(gid), home };
  }
  return null;
}

const isId = (text: string): boolean => /^\d{1,10}$/.test(text) && Number(text) <= MAX_ID;
