import type { SecretEventLifecycleType, SecretUsageType } from './constants.ts';
import type { DriverLife } from './driver-life.ts';
import type { EventSource } from './events.ts';
import type { SecretValues } from './secret-values.ts';

/** What identifies a secret to clients. */
export interface SecretRef {
  /** Lower case, with hyphens. */
  readonly uuid: string;
  readonly usageType: SecretUsageType;
  /** What it is for; empty for the type "none". */
  readonly usageID: string;
}

/** What happened to a secret. Values are never part of an event. */
export type SecretEvent =
  | { readonly kind: 'lifecycle'; readonly secret: SecretRef; readonly event: SecretEventLifecycleType }
  | { readonly kind: 'valueChanged'; readonly secret: SecretRef };

/**
 * Secrets: documents about values, and the values. A secret is found by its UUID alone; calls with a UUID throw noSecret
 * when there is none. Calls that change something wait for one another, queries wait for nothing. Errors are of the
 * domain SECRET, and no error, event or log record holds any part of a value.
 */
export interface SecretDriver extends DriverLife, SecretValues {
  readonly secretEvents: EventSource<SecretEvent>;

  connectNumOfSecrets(): number;
  connectListSecrets(): string[];
  /** `flags`: ConnectListAllSecretsFlags. */
  connectListAllSecrets(flags: number): SecretRef[];
  secretLookupByUuid(uuid: string): SecretRef;
  /** The type "none" is for nothing, so that no secret is found by it. */
  secretLookupByUsage(usageType: number, usageID: string): SecretRef;

  /**
   * Makes a secret, or gives one a new document. Throws internalError when the document would change what the secret is
   * for, take the use of another, or make a private one public. On return the document is on disk, and for one that
   * became ephemeral nothing is; its value stays. `flags`: SecretDefineFlags.
   */
  secretDefineXml(xml: string, flags: number): Promise<SecretRef>;
  /** Forgets the secret and its value, on disk too. */
  secretUndefine(uuid: string): Promise<void>;
  secretGetXmlDesc(uuid: string, flags: number): string;

  /** Keeps a copy of the value, on disk unless the secret is ephemeral. The bytes handed in stay the caller's. */
  secretSetValue(uuid: string, value: Uint8Array, flags: number): Promise<void>;
  /** Throws invalidSecret for a private one, noSecret for one without a value. The bytes are the caller's own copy. */
  secretGetValue(uuid: string, flags: number): Uint8Array;
}
