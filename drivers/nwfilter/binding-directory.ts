import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Paths } from '../contract/paths.ts';

/** Where bindings are noted, so that the next daemon knows them; not there before the first one. */
export const bindingDirectory = ({ run }: Paths): string => join(run, 'nwfilter-binding');

export function hasBindings(paths: Paths): boolean {
  const directory = bindingDirectory(paths);
  return existsSync(directory) && readdirSync(directory).length > 0;
}
