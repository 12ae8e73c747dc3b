import { failedWith } from '../session/agent-failure.ts';
import type { AgentSession } from '../session/agent-session.ts';
import { systemErrorText } from '../../../../native/ffi/system-error-text.ts';
import { ownMounts } from './own-mounts.ts';

/** What came of one file system. */
export interface TrimResult {
  readonly mountPoint: string;
  /** Bytes, or why not. */
  readonly trimmed: bigint | { readonly error: string };
}

/** Refusals that are of one file system, and keep none of the others. */
const REFUSALS = ['ENOTSUP', 'ENOTTY', 'EINVAL', 'EROFS', 'EPERM', 'EXDEV', 'ENOENT', 'ENOTDIR'] as const;

/** Tells the devices below the container's own file systems what is not used. `minimum`: bytes of the smallest range told. */
export async function trimFileSystems(
  session: AgentSession,
  mountPoints: readonly string[] | null,
  minimum: bigint,
): Promise<TrimResult[]> {
  const guest = await session.guest();
  const results: TrimResult[] = [];
  for (const { mountPoint, device } of await ownMounts(session, mountPoints)) {
    try {
      results.push({ mountPoint, trimmed: await guest.trim(mountPoint, device, minimum) });
    } catch (error) {
      if (!failedWith(error, ...REFUSALS)) throw error;
      results.push({ mountPoint, trimmed: { error: `failed to trim: ${systemErrorText(error.code)}` } });
    }
  }
  return results;
}
