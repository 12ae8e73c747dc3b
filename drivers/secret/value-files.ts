import { join } from 'node:path';
import { ErrorDomain } from '../contract/constants.ts';
import { errors } from '../contract/error.ts';
import type { Log } from '../contract/log.ts';
import { isMissing, removeFile, replaceFile } from '../files/atomic-file.ts';
import { fileName } from '../files/file-name.ts';
import { readRegularFile } from '../files/read-directory.ts';
import { copyOfValue, wipe } from './secret-value.ts';

/** Values on disk, next to the documents: `UUID.base64`, for root alone from the moment the file is made. */
export class ValueFiles {
  readonly #directory: string;
  readonly #log: Log;

  constructor(directory: string, log: Log) {
    this.#directory = directory;
    this.#log = log;
  }

  /** Durably. Throws systemError, and the old value is in place then. */
  async save(uuid: string, value: Buffer): Promise<void> {
    await this.#storing(uuid, path => replaceFile(path, value.toString('base64'), true));
  }

  /** One that is not there is no error. */
  async remove(uuid: string): Promise<void> {
    await this.#storing(uuid, path => removeFile(path, true));
  }

  /** Null when there is none; a file that holds no value is reported, and left for who made it. */
  load(uuid: string): Buffer | null {
    const path = this.#path(uuid);
    try {
      const text = readRegularFile(path).trim();
      if (!isBase64(text)) throw new Error('it is not in base 64');
      return decoded(text);
    } catch (error) {
      if (!isMissing(error)) this.#log.warn({ path, error }, 'A secret is without its value: the file cannot be used');
      return null;
    }
  }

  #path(uuid: string): string {
    return join(this.#directory, fileName(uuid, 'base64'));
  }

  async #storing(uuid: string, action: (path: string) => Promise<void>): Promise<void> {
    const path = this.#path(uuid);
    try {
      await action(path);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw errors.systemError(`cannot write '${path}': ${error.message}`, ErrorDomain.SECRET, { cause: error });
    }
  }
}

const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);

function decoded(text: string): Buffer {
  const pooled = Buffer.from(text, 'base64');
  const value = copyOfValue(pooled);
  wipe(pooled);
  return value;
}
