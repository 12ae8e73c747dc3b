import { constants, type BigIntStats } from 'node:fs';

/** What the system says of a file, whoever asked it. */
export interface FileFacts {
  /** Kind and rights. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** In bytes. */
  readonly size: bigint;
  /** Of 512 bytes each. */
  readonly blocks: bigint;
  /** When it was accessed, modified, changed and born, in ns since the epoch; 0: unknown. */
  readonly atime: bigint;
  readonly mtime: bigint;
  readonly ctime: bigint;
  readonly btime: bigint;
}

export const factsOf = ({ mode, uid, gid, size, blocks, ...times }: BigIntStats): FileFacts => ({
  mode: Number(mode),
  uid: Number(uid),
  gid: Number(gid),
  size,
  blocks,
  atime: times.atimeNs,
  mtime: times.mtimeNs,
  ctime: times.ctimeNs,
  btime: times.birthtimeNs,
});

const { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } = constants;

export const isFile = ({ mode }: FileFacts): boolean => (mode & S_IFMT) === S_IFREG;
export const isDirectory = ({ mode }: FileFacts): boolean => (mode & S_IFMT) === S_IFDIR;
export const isLink = ({ mode }: FileFacts): boolean => (mode & S_IFMT) === S_IFLNK;
