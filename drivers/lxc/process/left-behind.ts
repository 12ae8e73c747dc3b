import { readdirSync } from 'node:fs';
import { ContainerFailed } from '../../../native/launch/container-failed.ts';
import { adopt } from '../../../native/launch/launch.ts';
import { DRIVER_PID } from '../../contract/paths.ts';
import type { LxcContext } from '../context.ts';

/** What a controller makes; a domain that runs has a status beside it. */
const suffixes = ['.pid', '.sock', '.outcome'] as const;
const STATUS = '.xml';

/**
 * Cleans up after starts and ends that their daemon did not live to finish: the files of a container without a status,
 * and the container itself, whose start nobody was told of.
 */
export async function removeLeftBehind(context: LxcContext): Promise<void> {
  const { files, log, store } = context;
  for (const name of strayNames(readdirSync(files.runtime))) {
    try {
      await endStray(files.socket(name));
      await store.removeRuntime(name);
      log.info({ domain: name }, 'What an unfinished start or end had left is removed');
    } catch (error) {
      log.warn({ domain: name, error }, 'Files of a domain are left behind');
    }
  }
}

function strayNames(entries: readonly string[]): Set<string> {
  const names = entries.flatMap(entry => {
    const suffix = suffixes.find(suffix => entry.endsWith(suffix));
    return suffix === undefined || entry === DRIVER_PID ? [] : [entry.slice(0, -suffix.length)];
  });
  return new Set(names.filter(name => name !== '' && !entries.includes(`${name}${STATUS}`)));
}

async function endStray(socket: string): Promise<void> {
  try {
    const container = await adopt(socket);
    const ended = new Promise(resolve => container.onExit(resolve));
    container.kill();
    // One whose program never ran fails to run it, instead of exiting.
    await Promise.race([ended, container.run().then(() => ended)]);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** Nobody listens at a controller's socket, or who did has ended since. */
export function isGone(error: unknown): boolean {
  if (error instanceof ContainerFailed) return true;
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ECONNREFUSED');
}
