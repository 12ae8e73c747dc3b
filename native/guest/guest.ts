/**
 * What the daemon does inside a running container: through a helper process that has entered the container's
 * namespaces, so that every path is the container's own (a symlink in it never leads to the host), and a file system
 * or a process of it that hangs holds a helper, not the daemon.
 */
import type { Readable, Writable } from 'node:stream';
import type { Init } from '../plan/plan.ts';

/** Where a container is, and with which rights its programs run. */
export interface GuestPlace {
  readonly controllerPid: number;
  /** The controller's child; it is held by a pidfd, so no other process is ever entered. */
  readonly initPid: number;
  /** The container's own cgroup: what the helper starts is accounted and killed with it. */
  readonly taskFiles: readonly string[];
  readonly unifiedDirectory: string | null;
  /** As init's: what the helper starts gets no more than init had. */
  readonly rights: Pick<Init, 'capabilities' | 'noNewPrivileges' | 'seccomp' | 'label'>;
}

/** A failed request: errno as the helper saw it inside ("ENOENT"), with the step and the path. `ETIMEDOUT`: it took too long, and the helper is gone. */
export interface GuestFailure {
  readonly code: string;
  readonly step: string;
  readonly path: string | null;
}

export type FileKind = 'file' | 'directory' | 'symlink' | 'block' | 'char' | 'fifo' | 'socket';

export interface FileFacts {
  readonly kind: FileKind;
  readonly size: bigint;
  readonly mode: number;
  /** As the container sees them. */
  readonly uid: number;
  readonly gid: number;
  /** Of the file system that it lies on. */
  readonly device: DeviceNumbers;
}

export interface DeviceNumbers {
  readonly major: number;
  readonly minor: number;
}

/** statvfs; bytes. */
export interface FileSystemSpace {
  readonly total: bigint;
  readonly used: bigint;
  readonly available: bigint;
}

export interface WriteOptions {
  /** Of a file that did not exist; one that did keeps its own. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface ExecRequest {
  /** argv[0] is looked for in PATH of `env` when it has no slash. */
  readonly argv: readonly string[];
  /** "NAME=value". Nothing is added. */
  readonly env: readonly string[];
  readonly directory: string;
  /** As Init.user; null is root. */
  readonly user: string | null;
  /** Whether the three streams are pipes (else /dev/null). */
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

/** A program running in the container. `pid` is the container's number of it. Streams are null where none was asked for. */
export interface GuestProcess {
  readonly pid: number;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Never rejects; both are null when it will not be known, because its helper was killed. */
  readonly ended: Promise<{ readonly status: number | null; readonly signal: number | null }>;
  /** Sends it a signal; without effect once it has ended. */
  readonly kill: (signal: number) => void;
}

/** An open file of the container. Offsets are the kernel's. */
export interface GuestFile {
  /** At most `count` bytes; empty at the end. */
  read(count: number): Promise<Buffer>;
  /** How many bytes were taken. */
  write(data: Buffer): Promise<number>;
  /** `whence`: SEEK_SET 0, SEEK_CUR 1, SEEK_END 2. The new offset. */
  seek(offset: bigint, whence: number): Promise<bigint>;
  flush(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A helper in a container. What it does with files it does with the ids and capabilities of the container's root, in all
 * of its namespaces but that of processes; paths begin at init's root. Requests are answered in order, each within its
 * time limit. Every method rejects with GuestRequestFailed (a GuestFailure); EPIPE once the container has ended.
 */
export interface Guest {
  /**
   * All of a regular file; EFBIG when it is longer than `limit`, EINVAL, EISDIR or EPERM when it is no regular file. The
   * last `firm` names of the path (0 if not given) may be no symlinks, ELOOP: for places of a user who is not root, and
   * would choose with a link which file root is made to read or write.
   */
  readFile(path: string, limit: number, firm?: number): Promise<Buffer>;
  /**
   * Replaces a file as a whole: temporary file beside it, fsync, rename; a symlink at `path` is followed inside the
   * container, but for one among the last `firm` names. EBUSY when something is mounted there, EINVAL when what is there is no regular file.
   */
  replaceFile(path: string, contents: Buffer, options: WriteOptions, firm?: number): Promise<void>;
  /** EEXIST when anything is there; parents are not made. */
  makeDirectory(path: string, options: WriteOptions): Promise<void>;
  /** Of a symlink itself. */
  stat(path: string): Promise<FileFacts>;
  /**
   * Opens a regular file or a FIFO, never waiting (EAGAIN, ENXIO); EPERM for a device. `flags` of open(2), of which the
   * access mode, O_CREAT, O_EXCL, O_TRUNC, O_APPEND and O_SYNC count; a new file gets 0666 by umask 022. EMFILE: 64 are open.
   */
  open(path: string, flags: number): Promise<GuestFile>;
  space(path: string): Promise<FileSystemSpace>;
  /**
   * FIFREEZE, FITHAW and FITRIM at a mount point; `trim` gives the bytes. The kernel asks for the host's rights: below a
   * user namespace, too. EXDEV unless the file system that is there lies on `device`: a container may have covered the
   * place with a directory of the host. EPERM for one that the host, too, has mounted.
   */
  freeze(mountPoint: string, device: DeviceNumbers): Promise<void>;
  thaw(mountPoint: string, device: DeviceNumbers): Promise<void>;
  trim(mountPoint: string, device: DeviceNumbers, minimum: bigint): Promise<bigint>;
  /** Rejects with step "exec" when there is no such program or it cannot be executed, "user" or "directory" likewise. */
  exec(request: ExecRequest): Promise<GuestProcess>;
  /** Ends the helper; what it started runs on, and is told of. */
  close(): void;
}
