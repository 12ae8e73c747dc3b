import type { Identity } from '../identity.ts';
import type { Attributes } from './attributes.ts';

/** Who may do what. */
export interface AccessPolicy {
  /**
   * `permission` is of the procedure tables: "domain:start". No for a client that leaves meanwhile, as the signal says.
   * Throws, within a limited time, when the policy cannot tell.
   */
  allows(who: Identity, permission: string, object: Attributes, departure: AbortSignal): Promise<boolean>;
}
