import type { PoolDefinition } from '../../xml/storage/pool-definition.ts';
import { runProgram } from '../programs/run-program.ts';
import { isMounted } from './mount-table.ts';
import { targetPath } from './target-path.ts';

/** Milliseconds: a server that does not answer must not keep a pool's job, let alone the daemon. */
const TIME_LIMIT = 30_000;
const ANSWER_LIMIT = 5_000;

/** What a pool's file system may not do to its host; a pool's own mount options come later, and can take it back. */
const CAUTION = ['nodev', 'nosuid', 'noexec'];

export interface MountWishes {
  readonly source: string;
  /** null lets mount(8) find out. */
  readonly type: string | null;
  readonly options: readonly string[];
}

/** Mounts on the pool's target, unless it is mounted there. Throws internalError with what mount(8) said. */
export async function mount(definition: PoolDefinition, { source, type, options }: MountWishes): Promise<void> {
  const target = targetPath(definition);
  if (isMounted(source, target)) return;
  const all = [...CAUTION, ...options, ...(definition.options?.values ?? []).map(({ name }) => name)];
  const kind = type === null ? [] : ['-t', type];
  await runProgram('mount', ['-o', all.join(','), ...kind, '--', source, target], { timeLimit: TIME_LIMIT });
}

/** Throws internalError when it is in use; what is not mounted is no error. */
export async function unmount(definition: PoolDefinition, source: string): Promise<void> {
  const target = targetPath(definition);
  if (isMounted(source, target)) await runProgram('umount', ['--', target], { timeLimit: TIME_LIMIT });
}

/** Unmounts what is on a network; where the server does not answer, from the name space alone. */
export async function unmountRemote(definition: PoolDefinition, source: string): Promise<void> {
  const target = targetPath(definition);
  if (!isMounted(source, target)) return;
  if (await answers(target)) return await unmount(definition, source);
  try {
    // a helper would ask the server
    const args = ['--internal-only', '--force', '--lazy', '--', target];
    await runProgram('umount', args, { timeLimit: ANSWER_LIMIT });
  } catch (error) {
    // it is gone from the name space at once, and the kernel may take leave of the server for minutes
    if (isMounted(source, target)) throw error;
  }
}

/** Whether a file system answers. Another process asks: one that waits for a dead server holds a thread of ours for ever. */
export const answers = (path: string): Promise<boolean> =>
  runProgram('stat', ['--file-system', '--format=%T', '--', path], { timeLimit: ANSWER_LIMIT }).then(
    () => true,
    () => false,
  );
