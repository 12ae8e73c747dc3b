import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** Where the host's own programs are: whoever started the daemon may look elsewhere first. */
export const toolDirectories = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'] as const;

/** The path of a program of the host; null where there is none of that name. */
export function findTool(name: string): string | null {
  return toolDirectories.map(directory => join(directory, name)).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
