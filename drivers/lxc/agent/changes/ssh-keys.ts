import { posix } from 'node:path';
import type { FileKind } from '../../../../native/guest/guest.ts';
import { AgentCommandFailed, failedWith } from '../session/agent-failure.ts';
import type { AgentSession } from '../session/agent-session.ts';
import { systemErrorText } from '../session/system-error-text.ts';
import type { Account } from '../text/accounts.ts';
import { addKeys, isKey, parseKeys, removeKeys } from '../text/authorized-keys.ts';
import { TEXT_LIMIT } from '../text/guest-text.ts';
import { accountOf } from './account-of.ts';

/** What is done with the keys that are given. */
export type KeyChange = 'replace' | 'append' | 'remove';

const KEYS_MAX = 2048;
const EMPTY = Buffer.alloc(0);

/** The keys that let a user of the container in. Throws AgentCommandFailed when the user has no file of them. */
export async function authorizedKeys(session: AgentSession, user: string): Promise<string[]> {
  const { file } = placesOf(await accountOf(session, user));
  const contents = await readKeys(session, file);
  if (contents === null) throw cannotOpen(file, 'ENOENT');
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
  if (before === null && change === 'remove') throw cannotOpen(file, 'ENOENT');
  const present = change === 'replace' ? EMPTY : (before ?? EMPTY);
  const after = change === 'remove' ? removeKeys(present, keys) : addKeys(present, keys);
  await requireOwn(session, directory, 'directory');
  const guest = await session.guest();
  const { uid, gid } = account;
  if ((await kindOf(session, directory)) === null) await guest.makeDirectory(directory, { mode: 0o700, uid, gid });
  await guest.replaceFile(file, after, { mode: 0o600, uid, gid });
}

function placesOf({ home }: Account): { directory: string; file: string } {
  const directory = posix.join(home, '.ssh');
  return { directory, file: posix.join(directory, 'authorized_keys') };
}

/** Null where there is no file. */
async function readKeys(session: AgentSession, file: string): Promise<Buffer | null> {
  await requireOwn(session, posix.dirname(file), 'directory');
  await requireOwn(session, file, 'file');
  const guest = await session.guest();
  try {
    return await guest.readFile(file, TEXT_LIMIT);
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

/** The place is its user's, and the work is done as root: a link would let the user choose which file of the container is read or written. */
async function requireOwn(session: AgentSession, path: string, kind: FileKind): Promise<void> {
  const found = await kindOf(session, path);
  if (found !== null && found !== kind) throw cannotOpen(path, found === 'symlink' ? 'ELOOP' : 'EINVAL');
}

async function kindOf(session: AgentSession, path: string): Promise<FileKind | null> {
  const guest = await session.guest();
  try {
    return (await guest.stat(path)).kind;
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

const cannotOpen = (path: string, code: string): AgentCommandFailed =>
  new AgentCommandFailed(`Failed to open file '${path}': ${systemErrorText(code)}`);
