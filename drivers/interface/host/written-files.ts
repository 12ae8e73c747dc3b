import { chmodSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { removeFile, replaceFile } from '../../files/atomic-file.ts';
import type { ConfigurationFile } from './host-configuration.ts';

/** Files of the host's configuration are for everybody to read, as the host's own are: they hold no secrets. */
const MODE = 0o644;

/** Durably. Throws systemError. */
export async function writeFiles(directory: string, files: readonly ConfigurationFile[]): Promise<void> {
  for (const { name, text } of files)
    await failing(join(directory, name), async path => {
      mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
      await replaceFile(path, text, true);
      chmodSync(path, MODE);
    });
}

/** Those that are not there are no error. */
export async function removeFiles(directory: string, names: readonly string[]): Promise<void> {
  for (const name of names) await failing(join(directory, name), path => removeFile(path, true));
}

async function failing(path: string, action: (path: string) => Promise<void>): Promise<void> {
  try {
    await action(path);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw errors.systemError(`cannot write '${path}': ${error.message}`, ErrorDomain.INTERFACE, { cause: error });
  }
}
