import { isFile, type FileFacts } from '../../../native/survey/file-facts.ts';
import type { StorageVolume } from '../volume.ts';

/** Milliseconds: a change so soon before a file was read may have the same time as one after it. */
const CLOCK_GRAIN = 1000;

const NANOSECONDS = 1_000_000n;
const BLOCK = 512n;

/**
 * The time of change, in ns since the epoch, by which a file shows that it is what it was when its content was looked at:
 * every change of content, name or rights changes that time. Null when it can show nothing: what has a backing file says
 * something of that, too.
 */
export function knownChange({ read, definition }: StorageVolume): bigint | null {
  const { backingStore, target, type } = definition;
  const changed = target.timestamps?.ctime ?? 0n;
  const early = changed / NANOSECONDS + BigInt(CLOCK_GRAIN) <= BigInt(read);
  return type === 'file' && backingStore === null && early ? changed : null;
}

/** Whether a volume is the file that it was. It need not be opened again then. */
export const isUnchanged = (volume: StorageVolume, facts: FileFacts): boolean =>
  isFile(facts) && facts.ctime === knownChange(volume) && facts.size === (volume.definition.physical ?? 0n);

/** What changes of a file without its time of change: when it was read, and what the system has given it late. */
export function renew(volume: StorageVolume, { atime, blocks }: FileFacts, refreshesAllocation: boolean): void {
  const { definition } = volume;
  const { target } = definition;
  const allocation = refreshesAllocation ? blocks * BLOCK : definition.allocation;
  if (target.timestamps === null) return;
  if (allocation === definition.allocation && target.timestamps.atime === atime) return;
  volume.definition = { ...definition, allocation, target: { ...target, timestamps: { ...target.timestamps, atime } } };
}
