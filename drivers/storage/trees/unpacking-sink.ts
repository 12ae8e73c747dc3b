import { lstat, readdir } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { once } from 'node:events';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { StreamSink } from '../../contract/data-stream.ts';
import type { VolumeRange } from '../../contract/storage-volumes.ts';
import type { VolumePermissions } from '../../xml/storage/volume-definition.ts';
import { step, systemFailure } from '../system-failure.ts';
import { makeTree, setTreePermissions } from './make-tree.ts';
import { removeTree } from './remove-tree.ts';
import { unpack } from './unpack.ts';

/** Bytes that wait to be unpacked. */
const WAITING_MAX = 1 << 20;

/**
 * An upload into a tree: the archive is unpacked as it comes. Throws operationInvalid for a tree that is not empty; one that
 * was filled in vain is empty again afterwards.
 */
export async function unpackingSink(path: string, { offset, length }: VolumeRange): Promise<StreamSink> {
  if (offset !== 0n || length !== 0n)
    throw errors.invalidArg('an archive is uploaded as a whole, without offset and length', ErrorDomain.STORAGE);
  const found = await step(`cannot open directory '${path}'`, () => readdir(path));
  if (found.length > 0)
    throw errors.operationInvalid(`directory '${path}' is not empty: nothing is unpacked over it`, ErrorDomain.STORAGE);
  const { mode, uid: owner, gid: group } = await lstat(path);
  return new UnpackingSink(path, { mode: mode & 0o7777, owner, group, label: null });
}

class UnpackingSink implements StreamSink {
  readonly #path: string;
  /** Of the empty tree. */
  readonly #permissions: VolumePermissions;
  readonly #pipe = new PassThrough({ highWaterMark: WAITING_MAX });
  readonly #work: Promise<void>;
  #failure: unknown = null;

  constructor(path: string, permissions: VolumePermissions) {
    this.#path = path;
    this.#permissions = permissions;
    this.#work = this.#unpack();
  }

  async #unpack(): Promise<void> {
    try {
      await unpack(this.#path, this.#pipe);
    } catch (error) {
      this.#failure = systemFailure(`cannot unpack the archive into '${this.#path}'`, error);
      this.#pipe.destroy();
    }
  }

  async write(data: Buffer): Promise<void> {
    if (this.#failure === null && !this.#pipe.write(Buffer.from(data)))
      await Promise.race([once(this.#pipe, 'drain').catch(() => null), this.#work]);
    if (this.#failure !== null) throw this.#failure;
  }

  skip(): Promise<void> {
    return Promise.reject(errors.operationUnsupported('an archive has no holes', ErrorDomain.STREAMS));
  }

  async finish(): Promise<void> {
    this.#pipe.end();
    await this.#work;
    if (this.#failure === null) return;
    await this.#clear();
    throw this.#failure;
  }

  async abort(): Promise<void> {
    this.#pipe.destroy();
    await this.#work;
    await this.#clear();
  }

  async #clear(): Promise<void> {
    await removeTree(this.#path);
    await makeTree(this.#path);
    await setTreePermissions(this.#path, this.#permissions);
  }
}
