import { ErrorDomain } from '../../drivers/contract/constants.ts';
import { errors, type LibvirtError } from '../../drivers/contract/error.ts';
import type { Log } from '../../drivers/contract/log.ts';
import { AuthType } from '../../protocol/programs/remote/auth.ts';
import type { ClientSession } from '../call.ts';
import type { PolkitAuthority, PolkitSubject, PolkitVerdict } from '../polkit/authority.ts';
import { subjectOf } from '../polkit/subject.ts';
import type { AuthMethod } from './auth-method.ts';

/** Attempts of one connection that may fail before it has to go: policy does not change that fast. */
const MAX_FAILURES = 3;

type Refusal = Exclude<PolkitVerdict, 'authorized'>;

/** Clients read them: told that there is no agent, virsh starts one and asks again. */
const refusals: Readonly<Record<Refusal, (action: string) => LibvirtError>> = {
  dismissed: () => errors.authCancelled('user cancelled authentication process', ErrorDomain.POLKIT),
  challenge: action =>
    errors.authUnavailable(`no polkit agent available to authenticate action '${action}'`, ErrorDomain.POLKIT),
  denied: () => errors.authFailed('access denied by policy', ErrorDomain.POLKIT),
};

/** The host's policy decides who may connect to a Unix socket. Root always may, also where there is no polkit. */
export function polkitAuth(authority: PolkitAuthority, log: Log): AuthMethod {
  const asked = new WeakSet<ClientSession>();
  const failures = new WeakMap<ClientSession, number>();
  return {
    begin(client) {
      if (client.peer?.uid !== 0) return AuthType.POLKIT;
      client.authenticate();
      return AuthType.NONE;
    },
    handlers: {
      async authPolkit({ client }) {
        const subject = subjectOf(client.identity);
        if (asked.has(client) || client.authenticated || subject === null)
          throw errors.authFailed('authentication failed', ErrorDomain.RPC);
        asked.add(client);
        try {
          await admit(client, subject);
        } catch (error) {
          const count = (failures.get(client) ?? 0) + 1;
          failures.set(client, count);
          if (count >= MAX_FAILURES) client.close();
          throw error;
        } finally {
          asked.delete(client);
        }
        return { complete: 1 };
      },
    },
  };

  async function admit(client: ClientSession, subject: PolkitSubject): Promise<void> {
    const action = client.readOnly ? 'org.libvirt.unix.monitor' : 'org.libvirt.unix.manage';
    const verdict = await ask(client, subject, action);
    if (verdict !== 'authorized') throw refusals[verdict](action);
    client.authenticate();
  }

  async function ask(client: ClientSession, subject: PolkitSubject, action: string): Promise<PolkitVerdict> {
    const gone = new AbortController();
    const forget = client.onClose(() => gone.abort());
    try {
      return await authority.ask({ subject, action, interactive: true, signal: gone.signal });
    } catch (error) {
      log.error({ err: error, client: client.id, action }, 'polkit does not say whether a client may connect');
      throw errors.authFailed('polkit does not answer on this host', ErrorDomain.POLKIT);
    } finally {
      forget();
    }
  }
}
