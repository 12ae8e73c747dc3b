import { findTool } from '../../../native/tools/find-tool.ts';
import { unsupported } from '../../xml/storage/errors.ts';
import { runProgram } from '../programs/run-program.ts';

/** What makes a file system, and how it is told not to ask; `device` is put behind. */
const makers: Readonly<Record<string, readonly [program: string, ...args: string[]]>> = {
  ext2: ['mkfs.ext2', '-q', '-F'],
  ext3: ['mkfs.ext3', '-q', '-F'],
  ext4: ['mkfs.ext4', '-q', '-F'],
  xfs: ['mkfs.xfs', '-q', '-f'],
  btrfs: ['mkfs.btrfs', '-q', '-f'],
  vfat: ['mkfs.vfat', '-I'],
  udf: ['mkfs.udf'],
  'hfs+': ['mkfs.hfsplus'],
};

/** Milliseconds: large devices take their time. */
const TIME_LIMIT = 15 * 60_000;

/** Throws configUnsupported when this host cannot make that format. */
export async function requireMaker(format: string): Promise<void> {
  const maker = makers[format];
  if (maker === undefined) throw unsupported(`file systems of format '${format}' cannot be made`);
  if (findTool(maker[0]) === null) throw unsupported(`the program ${maker[0]} is not installed`);
}

/** Destroys what the device holds. Throws internalError with what the program said; it refuses a device that is mounted. */
export async function makeFileSystem(format: string, device: string): Promise<void> {
  const [program, ...args] = makers[format] ?? [`mkfs.${format}`];
  await runProgram(program, [...args, '--', device], { timeLimit: TIME_LIMIT });
}
