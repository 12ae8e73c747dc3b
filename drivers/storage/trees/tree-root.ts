import { close, constants, fstat, open } from 'node:fs';
import { lchown, lstat, mkdir, readdir, unlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { openInRoot } from '../../../native/ffi/open-in-root.ts';
import { runProgram } from '../programs/run-program.ts';
import { errorCode } from '../system-failure.ts';
import { invalidArchive } from './tar/invalid-archive.ts';

const closeFile = promisify(close);
const openFile = promisify(open);
const statOpen = promisify(fstat);

const O_PATH = 0o10000000;
const DIRECTORY_MODE = 0o755;
/** What the kernel takes. */
const PATH_MAX = 4096;

/** Parts of an entry's path. Throws for one that is absolute, or leads up. An empty list is the tree itself. */
export function partsOf(path: string): string[] {
  if (path.length >= PATH_MAX) throw invalidArchive('the path of an entry is too long');
  if (path.startsWith('/')) throw invalidArchive(`'${path}' is an absolute path`);
  const parts = path.split('/').filter(part => part !== '' && part !== '.');
  if (parts.includes('..')) throw invalidArchive(`'${path}' leads out of the tree`);
  return parts;
}

/**
 * A tree that is being filled. Whatever the links in it say, nothing outside is reached: a directory is found as a process
 * whose root is the tree would find it, and what is done in it is done to that very directory, without following the last
 * part of the path. It stays the directory that it was when it was opened, whatever takes its place.
 */
export class TreeRoot implements AsyncDisposable {
  readonly path: string;
  readonly #fd: number;
  /** Who is root in the tree: ids of the archive count from here. */
  readonly uid: number;
  readonly gid: number;
  /** The directory that was used last: entries come sorted. */
  #parent: { readonly path: string; readonly fd: number } | null = null;

  private constructor(path: string, fd: number, uid: number, gid: number) {
    this.path = path;
    this.#fd = fd;
    this.uid = uid;
    this.gid = gid;
  }

  static async open(path: string): Promise<TreeRoot> {
    const fd = await openFile(path, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    const { uid, gid } = await statOpen(fd);
    return new TreeRoot(path, fd, uid, gid);
  }

  /**
   * A path that the kernel resolves to the entry, its last part not followed by the calls that do not; valid until the next
   * call. Directories above it that are missing are made, or it is null when `make` is false.
   */
  async place(parts: readonly string[], make = true): Promise<string | null> {
    const name = parts.at(-1);
    if (name === undefined) return `${this.#self}/.`;
    const fd = await this.#directory(parts.slice(0, -1), make);
    return fd === null ? null : `/proc/self/fd/${fd}/${name}`;
  }

  get #self(): string {
    return `/proc/self/fd/${this.#fd}`;
  }

  async #directory(parts: readonly string[], make: boolean): Promise<number | null> {
    const path = parts.join('/');
    if (this.#parent?.path === path) return this.#parent.fd;
    const fd = this.#open(path) ?? (make ? await this.#make(parts) : null);
    if (fd === null) return null;
    await this.forget();
    this.#parent = { path, fd };
    return fd;
  }

  /** A link that leads in a circle, or to what is no directory, is as if nothing were there. */
  #open(path: string): number | null {
    return openInRoot(this.#self, path === '' ? '.' : path, O_PATH | constants.O_DIRECTORY);
  }

  async #make(parts: readonly string[]): Promise<number> {
    const place = await this.place(parts);
    const path = parts.join('/');
    try {
      await mkdir(place ?? '', DIRECTORY_MODE);
    } catch (error) {
      throw errorCode(error) === 'EEXIST' ? invalidArchive(`'${path}' is no directory`) : error;
    }
    await lchown(place ?? '', this.uid, this.gid);
    const fd = this.#open(path);
    if (fd === null) throw invalidArchive(`'${path}' is no directory`);
    return fd;
  }

  /**
   * Removes an entry with all that is in it; none is fine. A guest may be at work in the tree: whole directories are left to
   * a program that no link leads astray.
   */
  async remove(parts: readonly string[]): Promise<void> {
    if (parts.length === 0) return;
    const place = await this.place(parts, false);
    const found = place === null ? null : await lstat(place).catch(() => null);
    if (place === null || found === null) return;
    if (!found.isDirectory()) return await unlink(place);
    const seenByOthers = place.replace('/proc/self/', `/proc/${process.pid}/`);
    await runProgram('rm', ['-rf', '--one-file-system', '--', seenByOthers], { timeLimit: 0 });
    await this.forget();
  }

  /** Removes all that is in a directory; none is fine. */
  async empty(parts: readonly string[]): Promise<void> {
    const fd = await this.#directory(parts, false);
    if (fd === null) return;
    for (const name of await readdir(`/proc/self/fd/${fd}`)) await this.remove([...parts, name]);
  }

  /** To be called when directories may have changed. */
  async forget(): Promise<void> {
    const parent = this.#parent;
    this.#parent = null;
    if (parent !== null) await closeFile(parent.fd);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.forget();
    await closeFile(this.#fd);
  }
}
