import { hashPassword } from '../../../../native/ffi/crypt.ts';
import { AgentCommandFailed } from '../session/agent-failure.ts';
import type { AgentSession } from '../session/agent-session.ts';
import { TEXT_LIMIT } from '../text/guest-text.ts';
import { isHash, isShadowed, withPassword, type PasswordFile } from '../text/shadow.ts';
import { accountOf } from './account-of.ts';

const DAY = 86_400_000;
const ROOT = 0;
/** crypt(3) takes no longer ones. */
const PASSWORD_MAX = 511;

const files = { passwd: '/etc/passwd', shadow: '/etc/shadow' } as const;
const modes = { passwd: 0o644, shadow: 0o600 } as const;

/** Gives a user of the container another password; `hashed`: it is a hash as crypt(5) makes them. */
export async function setPassword(
  session: AgentSession,
  user: string,
  password: string,
  hashed: boolean,
): Promise<void> {
  await accountOf(session, user);
  const hash = hashed ? password : await hashOf(password);
  if (!isHash(hash)) throw new AgentCommandFailed('the password is no hash that could be stored');
  const guest = await session.guest();
  const passwd = await guest.readFile(files.passwd, TEXT_LIMIT);
  const kind: PasswordFile = isShadowed(passwd, user) ? 'shadow' : 'passwd';
  const before = kind === 'passwd' ? passwd : await guest.readFile(files.shadow, TEXT_LIMIT);
  const after = withPassword(kind, before, user, hash, Math.floor(Date.now() / DAY));
  if (after === null) throw new AgentCommandFailed(`user '${user}' has no entry in ${files[kind]}`);
  await guest.replaceFile(files[kind], after, { mode: modes[kind], uid: ROOT, gid: ROOT });
}

async function hashOf(password: string): Promise<string> {
  if (password.includes('\0') || Buffer.byteLength(password) > PASSWORD_MAX)
    throw new AgentCommandFailed(`a password has at most ${PASSWORD_MAX} bytes, and none that is zero`);
  return await hashPassword(password);
}
