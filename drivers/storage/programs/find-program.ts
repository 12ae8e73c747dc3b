import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';

const directories = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The path of a program of the host; null where there is none. */
export async function findProgram(name: string): Promise<string | null> {
  for (const directory of directories) {
    const path = join(directory, name);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return null;
}

/** Why pools that need these programs cannot be run; null: they can. */
export async function missingPrograms(...names: readonly string[]): Promise<string | null> {
  for (const name of names) if ((await findProgram(name)) === null) return `${name} is not installed`;
  return null;
}
