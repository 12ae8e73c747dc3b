import type { Log } from '../../drivers/contract/log.ts';
import type { Identity } from '../identity.ts';
import type { PolkitAuthority } from '../polkit/authority.ts';
import { subjectOf } from '../polkit/subject.ts';
import type { AccessPolicy } from './access-policy.ts';
import type { Attributes } from './attributes.ts';

/** "storage_pool:search_storage_vols" is org.libvirt.api.storage-pool.search-storage-vols. */
export const actionOf = (permission: string): string =>
  `org.libvirt.api.${permission.replace(':', '.').replaceAll('_', '-')}`;

/** The host's polkit decides every call anew. Nobody is asked for a password in the middle of one. */
export class PolkitPolicy implements AccessPolicy {
  readonly #authority: PolkitAuthority;
  readonly #log: Log;

  constructor(authority: PolkitAuthority, log: Log) {
    this.#authority = authority;
    this.#log = log;
  }

  async allows(who: Identity, permission: string, details: Attributes, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    const subject = subjectOf(who);
    if (subject === null) {
      this.#log.warn(
        { permission, user: who.saslUserName ?? who.x509Name },
        'polkit knows only processes of this host',
      );
      return false;
    }
    try {
      return (await this.#authority.ask({ subject, action: actionOf(permission), details, signal })) === 'authorized';
    } catch (error) {
      if (signal.aborted) return false;
      this.#log.error({ err: error, permission }, 'polkit does not answer: access is denied');
      throw error;
    }
  }
}
