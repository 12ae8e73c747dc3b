import { runProgram } from '../programs/run-program.ts';
import { alreadyBuilt } from '../errors.ts';

/** blkid(8): "the specified token was not found". */
const NOTHING_FOUND = 2;
/** blkid(8): ambivalent: several signatures. */
const SEVERAL_FOUND = 8;

/** What a device holds, by its own bytes. */
export interface DeviceContent {
  /** "ext4", "LVM2_member"; null for none. */
  readonly fileSystem: string | null;
  /** "gpt", "dos"; null for none. */
  readonly partitionTable: string | null;
}

/** Reads the signatures on a device: nothing cached. */
export async function deviceContent(device: string): Promise<DeviceContent> {
  const { output } = await runProgram('blkid', ['--probe', '--output', 'export', '--', device], {
    timeLimit: 30_000,
    statuses: [0, NOTHING_FOUND, SEVERAL_FOUND],
  });
  const value = (name: string): string | null => new RegExp(`^${name}=(.*)$`, 'm').exec(output)?.[1] ?? null;
  return { fileSystem: value('TYPE'), partitionTable: value('PTTYPE') };
}

/** Throws storagePoolBuilt when the device holds anything: it is for what must not overwrite. */
export function requireEmpty(device: string, { fileSystem, partitionTable }: DeviceContent, format: string): void {
  const found = fileSystem ?? partitionTable;
  if (found === null) return;
  throw alreadyBuilt(
    found === format
      ? `Device '${device}' already formatted using '${format}'`
      : `Format of device '${device}' does not match the expected format '${format}', forced overwrite is necessary`,
  );
}
