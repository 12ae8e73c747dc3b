import type { Identity } from '../identity.ts';
import type { Attributes } from './attributes.ts';

/** Who may do what. */
export interface AccessPolicy {
  /** `permission` is of the procedure tables: "domain:start". A policy that cannot tell says no, and logs why. */
  allows(who: Identity, permission: string, object: Attributes): Promise<boolean>;
}
