import { posix } from 'node:path';
import { AgentCommandFailed, failedWith, reworded } from '../session/agent-failure.ts';
import type { AgentSession } from '../session/agent-session.ts';
import { systemErrorText } from '../../../../native/ffi/system-error-text.ts';
import type { Account } from '../text/accounts.ts';
import { addKeys, isKey, parseKeys, removeKeys } from '../text/authorized-keys.ts';
import { TEXT_LIMIT } from '../text/guest-text.ts';
import { accountOf } from './account-of.ts';

/** What is done with the keys that are given. */
export type KeyChange = 'replace' | 'append' | 'remove';

const KEYS_MAX = 2048;
const EMPTY = Buffer.alloc(0);
/** The names in a path that are the user's to choose what is there: .ssh and authorized_keys. */
const USERS_OWN = 2;

/** The keys that let a user of the container in. Throws AgentCommandFailed when the user has no file of them. */
export async function authorizedKeys(session: AgentSession, user: string): Promise<string[]> {
  const { file } = placesOf(await accountOf(session, user));
  const contents = await readKeys(session, file);
  if (contents === null) throw absent(file);
  return parseKeys(contents).slice(0, KEYS_MAX);
}

/** Changes them; makes the file, of the user's own, where there is none. */
export async function changeKeys(
  session: AgentSession,
  user: string,
  given: readonly string[],
  change: KeyChange,
): Promise<void> {
  // Clients send a file line by line, and so what is behind its last line, too.
  const keys = given.map(key => key.trim()).filter(key => key !== '');
  const wrong = keys.find(key => !isKey(key));
  if (wrong !== undefined) throw new AgentCommandFailed(`invalid key '${wrong}'`);
  const account = await accountOf(session, user);
  const { directory, file } = placesOf(account);
  const before = await readKeys(session, file);
  if (before === null && change === 'remove') throw absent(file);
  const present = change === 'replace' ? EMPTY : (before ?? EMPTY);
  const after = change === 'remove' ? removeKeys(present, keys) : addKeys(present, keys);
  const guest = await session.guest();
  const { uid, gid } = account;
  try {
    await guest.makeDirectory(directory, { mode: 0o700, uid, gid });
  } catch (error) {
    if (!failedWith(error, 'EEXIST')) throw error;
  }
  try {
    await guest.replaceFile(file, after, { mode: 0o600, uid, gid }, USERS_OWN);
  } catch (error) {
    throw reworded(error, reason => notOpened(file, reason));
  }
}

function placesOf({ home }: Account): { directory: string; file: string } {
  const directory = posix.join(home, '.ssh');
  return { directory, file: posix.join(directory, 'authorized_keys') };
}

/** Null where there is no file. */
async function readKeys(session: AgentSession, file: string): Promise<Buffer | null> {
  const guest = await session.guest();
  try {
    return await guest.readFile(file, TEXT_LIMIT, USERS_OWN);
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'ENOTDIR')) return null;
    throw reworded(error, reason => notOpened(file, reason));
  }
}

const notOpened = (path: string, reason: string): string => `Failed to open file '${path}': ${reason}`;
const absent = (path: string): AgentCommandFailed => new AgentCommandFailed(notOpened(path, systemErrorText('ENOENT')));
