import { execute } from './execute.ts';
import { FileSession } from './file-session.ts';
import type { Guest, GuestPlace } from './guest.ts';
import type { GuestOperation } from './operations.ts';
import { perform } from './perform.ts';

/** Milliseconds that a request may take. */
const LIMIT = 10_000;
/** Milliseconds that a file system may take: it writes out all that it has, or trims all that is free. */
const FILE_SYSTEM_LIMIT = 60_000;

/**
 * Sends a helper into a container that runs. Rejects with GuestRequestFailed: ESRCH when it has ended, ETIMEDOUT when it
 * does not let the helper in.
 */
export async function openGuest(place: GuestPlace, limit: number = LIMIT): Promise<Guest> {
  const files = await FileSession.open(place, limit);
  const onFileSystem = (operation: GuestOperation): Promise<bigint> => perform(place, [operation], FILE_SYSTEM_LIMIT);
  return {
    readFile: (path, limit, firm) => files.readFile(path, limit, firm),
    replaceFile: (path, contents, options, firm) => files.replaceFile(path, contents, options, firm),
    makeDirectory: (path, options) => files.makeDirectory(path, options),
    stat: path => files.stat(path),
    open: (path, flags) => files.open(path, flags),
    space: path => files.space(path),
    async freeze(path, device) {
      await onFileSystem({ do: 'freeze', path, device });
    },
    async thaw(path, device) {
      await onFileSystem({ do: 'thaw', path, device });
    },
    trim: (path, device, minimum) => onFileSystem({ do: 'trim', path, device, minimum }),
    exec: request => execute(place, request),
    close: () => files.close(),
  };
}
