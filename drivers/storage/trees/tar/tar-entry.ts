export type TarEntryType = 'file' | 'directory' | 'symlink' | 'link' | 'fifo' | 'device';

/** One entry of an archive, as it stands there. */
export interface TarEntry {
  readonly path: string;
  readonly type: TarEntryType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of the content, in bytes. */
  readonly size: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
  /** Where a link leads; empty for the others. */
  readonly target: string;
  readonly attributes: ReadonlyMap<string, Buffer>;
  /** The content, to be read before the next entry; what is not read is passed over. */
  content(): AsyncIterable<Buffer>;
}
