import { randomUUID } from 'node:crypto';
import { close, constants, fstat } from 'node:fs';
import { open as openFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { endLease, isLeased, leaseForReading } from '../../../native/ffi/file-lease.ts';
import { duplicate } from '../../../native/ffi/libc.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { failed, invalid } from '../errors.ts';
import type { ImageFacts } from '../images/image-facts.ts';
import { step } from '../system-failure.ts';
import { copyData } from './copy-content.ts';
import { imageFacts } from './describe-volume.ts';

const closeFile = promisify(close);
const statOpen = promisify(fstat);

/** An image, and how its bytes are opened. */
export interface ImageFile {
  readonly path: string;
  /** Null: what it is by its own bytes. */
  readonly format: string | null;
  readonly open: () => Promise<number>;
}

export interface ChainContext {
  /** How the volume of an active pool at that path is opened; null: there is none. */
  readonly volumeAt: (path: string) => (() => Promise<number>) | null;
  /** A directory for copies of images that cannot be held still; null where they are to be changed: then they are not copied. */
  readonly spare: string | null;
  readonly signal: AbortSignal;
}

interface Held {
  readonly path: string;
  readonly fd: number;
  readonly isDevice: boolean;
  readonly isLeased: boolean;
}

interface Layer extends Held {
  /** qemu's name of it. */
  readonly format: string;
}

type Backing = NonNullable<ImageFacts['backing']>;

const DEPTH_MAX = 32;
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR } = constants;

/**
 * An image with the images below it, open, and held as they are. Who writes an image names the files that belong to it, and
 * a guest or an upload may have written it: only what is a volume of an active pool is opened for its sake. qemu is told all
 * of it, by our descriptors; what the images say by the time that it reads them makes no difference, and `requireUnchanged`
 * tells whether they could have said something else. To be closed.
 */
export class ImageChain implements AsyncDisposable {
  readonly #layers: Layer[] = [];

  /**
   * Throws operationDenied for a file that is no volume, operationInvalid for an image that somebody has open for writing.
   */
  static async open(top: ImageFile, context: ChainContext): Promise<ImageChain> {
    const chain = new ImageChain();
    try {
      let next: ImageFile | null = top;
      while (next !== null) next = await chain.#add(next, top, context);
      return chain;
    } catch (error) {
      await chain[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #add(image: ImageFile, top: ImageFile, context: ChainContext): Promise<ImageFile | null> {
    const { path } = image;
    if (this.#layers.length === DEPTH_MAX) throw denied(`the chain of images below '${top.path}' is too long`);
    const said = image.format === null ? null : (drivers[image.format] ?? image.format);
    const held = await hold(image, said === 'raw', context);
    const at = this.#layers.push({ ...held, format: 'raw' }) - 1;
    // Raw is what it is said to be, whatever its bytes look like.
    if (said === 'raw') return null;
    const facts = await step(`cannot open file '${path}'`, () => imageFacts(seen(held.fd), path));
    const found = drivers[facts.format] ?? facts.format;
    // By some names qemu would find in it what we do not.
    if (said !== null && said !== found) throw invalid(`'${path}' is no image of format '${said}'`);
    if (facts.external) throw denied(`'${path}' has its content in a file that is no volume`);
    this.#layers[at] = { ...held, format: found };
    return facts.backing === null ? null : below(facts.backing, top, context);
  }

  /** What qemu's programs take in place of a file name. */
  get name(): string {
    return `json:${JSON.stringify(this.#node(0))}`;
  }

  /** The same of an image in the open file `fd` that lies on this one. */
  nameAbove(fd: number, format: string): string {
    return nameOf(fd, format, this.#node(0));
  }

  /** The same of one that lies on what this one lies on. */
  nameBeside(fd: number, format: string): string {
    return nameOf(fd, format, this.#node(1));
  }

  #node(at: number): object | null {
    const layer = this.#layers[at];
    if (layer === undefined) return null;
    const { format, fd, isDevice } = layer;
    return { driver: format, file: file(fd, isDevice), ...(format === 'raw' ? {} : { backing: this.#node(at + 1) }) };
  }

  /** Where what the image lies on is; null when it lies on nothing. */
  get below(): string | null {
    return this.#layers[1]?.path ?? null;
  }

  /** Throws operationFailed when somebody has begun to write to one of the images. */
  requireUnchanged(): void {
    const changed = this.#layers.find(layer => layer.isLeased && !isLeased(layer.fd));
    if (changed !== undefined) throw failed(`'${changed.path}' was opened for writing while it was read`);
  }

  /** The image itself is about to be changed. */
  releaseTop(): void {
    const [top] = this.#layers;
    if (top?.isLeased === true) endLease(top.fd);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { fd } of this.#layers.splice(0)) await closeFile(fd);
  }
}

function below({ path, format }: Backing, top: ImageFile, { volumeAt }: ChainContext): ImageFile {
  const open = volumeAt(path);
  if (open === null) throw denied(`'${top.path}' lies on '${path}', which is no volume of an active pool`);
  return { path, format, open };
}

/** Plain bytes lead nowhere: they may change. */
async function hold({ path, open }: ImageFile, isPlain: boolean, context: ChainContext): Promise<Held> {
  const fd = await step(`cannot open file '${path}'`, open);
  try {
    const layer = { path, fd, isDevice: (await statOpen(fd)).isBlockDevice(), isLeased: false };
    return isPlain ? layer : await still(layer, context);
  } catch (error) {
    await closeFile(fd);
    throw error;
  }
}

/** Nobody writes to it from here on without being noticed; where that cannot be had, it is a copy that nobody else has. */
async function still(layer: Held, { spare, signal }: ChainContext): Promise<Held> {
  const { path, fd } = layer;
  const lease = leaseForReading(fd);
  if (lease === 'leased') return { ...layer, isLeased: true };
  if (lease === 'written') throw invalid(`'${path}' is open for writing: it cannot be read as an image meanwhile`);
  if (spare === null) return layer;
  const place = join(spare, `.lxvirtd-${randomUUID()}`);
  await using copy = await step(`cannot create path '${place}'`, () =>
    openFile(place, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600),
  );
  await unlink(place);
  await step(`failed to copy '${path}'`, () => copyData(fd, copy.fd, signal));
  const own = duplicate(copy.fd);
  await closeFile(fd);
  return { ...layer, fd: own, isDevice: false };
}

/** What qemu calls formats that others name differently; old images name the protocol. */
const drivers: Readonly<Record<string, string>> = { iso: 'raw', vhd: 'vpc', file: 'raw', host_device: 'raw' };

const file = (fd: number, isDevice: boolean): object => ({
  driver: isDevice ? 'host_device' : 'file',
  filename: seen(fd),
});

const nameOf = (fd: number, driver: string, backing: object | null): string =>
  `json:${JSON.stringify({ driver, file: file(fd, false), backing })}`;

/** An open file of ours, as others can open it: the file that was looked at, whatever has taken its place. */
export const seen = (fd: number): string => `/proc/${process.pid}/fd/${fd}`;

const denied = (text: string): Error => errors.operationDenied(text, ErrorDomain.STORAGE);
