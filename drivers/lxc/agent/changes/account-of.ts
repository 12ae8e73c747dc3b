import { AgentCommandFailed } from '../session/agent-failure.ts';
import type { AgentSession } from '../session/agent-session.ts';
import { readGuestText } from '../session/guest-files.ts';
import { findAccount, isAccountName, type Account } from '../text/accounts.ts';

/** An account of the container's own /etc/passwd. Throws AgentCommandFailed when there is none of that name. */
export async function accountOf(session: AgentSession, name: string): Promise<Account> {
  if (!isAccountName(name)) throw new AgentCommandFailed(`invalid user name '${name}'`);
  const passwd = await readGuestText(session, '/etc/passwd');
  const account = passwd === null ? null : findAccount(passwd, name);
  if (account === null) throw new AgentCommandFailed(`failed to lookup user '${name}'`);
  return account;
}
