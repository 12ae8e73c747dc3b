import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ErrorDomain, SecretUsageType } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { SecretValues } from '../../contract/secret-values.ts';
import type { VolumeEncryption } from '../../xml/storage/volume-definition.ts';

/** What volumes are sealed with, for the program that seals them. */
export class Passphrases {
  readonly #secrets: SecretValues | null;
  readonly #directory: string;

  /** `directory` lies below /run; without `secrets` nothing can be sealed. */
  constructor(secrets: SecretValues | null, directory: string) {
    this.#secrets = secrets;
    this.#directory = directory;
  }

  /** Puts the passphrase into a file that only root can read, for as long as `use` runs; null for what is not sealed. */
  async withFile<T>(encryption: VolumeEncryption | null, use: (file: string | null) => Promise<T>): Promise<T> {
    if (encryption === null) return await use(null);
    const value = this.#value(encryption);
    const file = join(this.#directory, `passphrase-${randomUUID()}`);
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      await writeFile(file, value, { mode: 0o600, flag: 'wx' });
      return await use(file);
    } finally {
      value.fill(0);
      await rm(file, { force: true });
    }
  }

  #value({ format, secrets: [secret, ...more] }: VolumeEncryption): Uint8Array {
    if (secret === undefined || more.length > 0)
      throw errors.invalidArg(
        "A single <secret type='passphrase'...> element is expected in encryption description",
        ErrorDomain.STORAGE,
      );
    if (format !== 'luks') throw unsealable(format);
    if (this.#secrets === null)
      throw errors.configUnsupported('volumes cannot be encrypted: there are no secrets', ErrorDomain.STORAGE);
    return secret.uuid !== null
      ? this.#secrets.secretValueByUuid(secret.uuid)
      : this.#secrets.secretValueByUsage(SecretUsageType.VOLUME, secret.usage ?? '');
  }
}

const unsealable = (format: string): Error =>
  ['default', 'qcow'].includes(format)
    ? errors.configUnsupported('creation of qcow2 encrypted image is not supported', ErrorDomain.STORAGE)
    : errors.configUnsupported(`unsupported volume encryption format ${format}`, ErrorDomain.STORAGE);
