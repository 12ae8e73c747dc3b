import { TEXT_LIMIT } from '../text/guest-text.ts';
import { failedWith } from './agent-failure.ts';
import type { AgentSession } from './agent-session.ts';

/** Codes that mean: nothing that could be read is there. */
const ABSENT = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR', 'EINVAL', 'EACCES', 'EFBIG'] as const;

/** A text file of the guest; null where there is none, or what is there is none. */
export async function readGuestText(session: AgentSession, path: string): Promise<Buffer | null> {
  const guest = await session.guest();
  try {
    return await guest.readFile(path, TEXT_LIMIT);
  } catch (error) {
    if (failedWith(error, ...ABSENT)) return null;
    throw error;
  }
}

/** The first of several files that there is. */
export async function readFirstGuestText(session: AgentSession, paths: readonly string[]): Promise<Buffer | null> {
  for (const path of paths) {
    const text = await readGuestText(session, path);
    if (text !== null) return text;
  }
  return null;
}
