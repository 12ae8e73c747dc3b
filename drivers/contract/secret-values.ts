import type { SecretUsageType } from './constants.ts';

/**
 * What other drivers ask of the secrets: the values themselves, private ones too. The bytes are the caller's own copy,
 * which it overwrites (`fill(0)`) once they are used, and never logs. Both throw noSecret when there is no such secret,
 * or when it has no value.
 */
export interface SecretValues {
  /** Lower case, with hyphens. */
  secretValueByUuid(uuid: string): Uint8Array;
  /** By what it is for: a volume's path, the name of a client or of a TLS key, an iSCSI target. */
  secretValueByUsage(type: SecretUsageType, id: string): Uint8Array;
}
