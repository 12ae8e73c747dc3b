import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeFile } from '../../files/atomic-file.ts';
import { readRegularFile } from '../../files/read-directory.ts';

/** An image of a domain that is attached, or was about to be. */
export interface AttachedImage {
  readonly file: string;
  /** "/dev/nbd0" */
  readonly device: string;
  /** The qemu-nbd that serves it. Pids come back: it is the one whose arguments name the socket. */
  readonly pid: number;
  readonly socket: string;
}

const SUFFIX = '.json';

/**
 * What is attached, by domain: a file each below /run, so that a later daemon finds what one left behind that was
 * killed, even in the middle of a start.
 */
export class ImageRecords {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  prepare(): void {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
  }

  names(): string[] {
    if (!existsSync(this.directory)) return [];
    return readdirSync(this.directory)
      .filter(file => file.endsWith(SUFFIX))
      .map(file => file.slice(0, -SUFFIX.length));
  }

  /** None for most domains: this is asked at every end of one. */
  read(name: string): AttachedImage[] {
    if (!existsSync(this.#path(name))) return [];
    const document: unknown = JSON.parse(readRegularFile(this.#path(name)));
    return Array.isArray(document) ? document.filter(isAttachedImage) : [];
  }

  /** Synchronous: nothing comes between a program's start and its record. */
  add(name: string, image: AttachedImage): void {
    this.#write(name, [...this.read(name), image]);
  }

  async replace(name: string, images: readonly AttachedImage[]): Promise<void> {
    if (images.length === 0) await removeFile(this.#path(name), false);
    else this.#write(name, images);
  }

  #write(name: string, images: readonly AttachedImage[]): void {
    const temporary = join(this.directory, `${name}.new`);
    writeFileSync(temporary, JSON.stringify(images), { mode: 0o600 });
    renameSync(temporary, this.#path(name));
  }

  #path(name: string): string {
    return join(this.directory, `${name}${SUFFIX}`);
  }
}

function isAttachedImage(value: unknown): value is AttachedImage {
  if (typeof value !== 'object' || value === null) return false;
  if (!('file' in value && 'device' in value && 'pid' in value && 'socket' in value)) return false;
  const { file, device, pid, socket } = value;
  return (
    [file, device, socket].every(text => typeof text === 'string') && typeof pid === 'number' && Number.isInteger(pid)
  );
}
