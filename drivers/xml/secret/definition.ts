import type { SecretUsageType } from '../../contract/constants.ts';

/** What a secret is for. */
export interface SecretUsage {
  readonly type: SecretUsageType;
  /** A volume's path, a target or a name; empty for the type NONE. */
  readonly id: string;
}

/** A secret's document; the value is no part of it. */
export interface SecretDefinition {
  readonly uuid: string;
  /** Its value is never written to disk. */
  readonly ephemeral: boolean;
  /** Its value is given to no client. */
  readonly private: boolean;
  readonly description: string | null;
  readonly usage: SecretUsage;
}
