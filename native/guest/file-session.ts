import { constants } from 'node:fs';
import { constants as system } from 'node:os';
import { struct } from '../../protocol/xdr/index.ts';
import { CHUNK, encodeRequest, fileRequests, type RequestType } from './file-requests.ts';
import { frame } from './frame.ts';
import type { FileFacts, FileKind, FileSystemSpace, GuestFile, GuestPlace, WriteOptions } from './guest.ts';
import { OpenFile } from './open-file.ts';
import { GuestRequestFailed } from './request-failed.ts';
import { spawnVisitor } from './spawn-visitor.ts';
import type { Visitor } from './visitor.ts';

const kinds: Readonly<Record<number, FileKind>> = {
  [constants.S_IFREG]: 'file',
  [constants.S_IFDIR]: 'directory',
  [constants.S_IFLNK]: 'symlink',
  [constants.S_IFBLK]: 'block',
  [constants.S_IFCHR]: 'char',
  [constants.S_IFIFO]: 'fifo',
  [constants.S_IFSOCK]: 'socket',
};

/** Reads that a file may take: the kernel's own files come page by page. */
const CHUNKS_MAX = 1024;

/** The files of a container: see Guest. */
export class FileSession {
  readonly #visitor: Visitor;
  readonly #limit: number;

  private constructor(visitor: Visitor, limit: number) {
    this.#visitor = visitor;
    this.#limit = limit;
  }

  /** Each request may take `limit` ms. */
  static async open(place: GuestPlace, limit: number): Promise<FileSession> {
    const visitor = await spawnVisitor('files', place);
    try {
      const rights = frame(writer => writer.uhyper(place.rights.capabilities));
      await visitor.ask(rights, struct({}), limit);
      return new FileSession(visitor, limit);
    } catch (error) {
      visitor.kill();
      throw error;
    }
  }

  async readFile(path: string, limit: number, firm: number = 0): Promise<Buffer> {
    const handle = await this.#ask(fileRequests.open, { path, firm, flags: constants.O_RDONLY, regular: true });
    try {
      return Buffer.concat(await this.#readAll(handle, path, limit));
    } finally {
      await this.#closeQuietly(handle);
    }
  }

  /**
   * What the size of a file says is no bound for what can be read from it; and a program of the container that serves it
   * may do so byte by byte.
   */
  async #readAll(handle: number, path: string, limit: number): Promise<Uint8Array[]> {
    const chunks: Uint8Array[] = [];
    for (let total = 0; ;) {
      const data = await this.#ask(fileRequests.read, { handle, count: CHUNK });
      if (data.length === 0) return chunks;
      total += data.length;
      if (total > limit || chunks.length >= CHUNKS_MAX) throw new GuestRequestFailed('read', path, system.errno.EFBIG);
      chunks.push(data);
    }
  }

  async replaceFile(path: string, contents: Buffer, options: WriteOptions, firm: number = 0): Promise<void> {
    const handle = await this.#ask(fileRequests.replace, { path, firm, ...options });
    try {
      for (let at = 0; at < contents.length;)
        at += await this.#ask(fileRequests.write, { handle, data: contents.subarray(at, at + CHUNK) });
    } catch (error) {
      await this.#closeQuietly(handle);
      throw error;
    }
    await this.#ask(fileRequests.finish, { handle });
  }

  async makeDirectory(path: string, options: WriteOptions): Promise<void> {
    await this.#ask(fileRequests.makeDirectory, { path, ...options });
  }

  async stat(path: string): Promise<FileFacts> {
    const { mode, ...facts } = await this.#ask(fileRequests.stat, { path });
    return { ...facts, kind: kinds[mode & constants.S_IFMT] ?? 'file', mode: mode & 0o7777 };
  }

  space(path: string): Promise<FileSystemSpace> {
    return this.#ask(fileRequests.space, { path });
  }

  async open(path: string, flags: number): Promise<GuestFile> {
    const handle = await this.#ask(fileRequests.open, { path, firm: 0, flags, regular: false });
    return new OpenFile((request, args) => this.#ask(request, args), handle);
  }

  close(): void {
    this.#visitor.end();
  }

  #ask<Args, Result>(request: RequestType<Args, Result>, args: Args): Promise<Result> {
    return this.#visitor.ask(encodeRequest(request, args), request.result, this.#limit);
  }

  /** Of what failed, the first failure counts. */
  async #closeQuietly(handle: number): Promise<void> {
    await this.#ask(fileRequests.close, { handle }).catch(() => undefined);
  }
}
