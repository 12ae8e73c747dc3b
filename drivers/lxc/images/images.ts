import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../contract/log.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import { startFailure } from '../plan/start-failure.ts';
import { removeFile } from '../../files/atomic-file.ts';
import { nbdImages, withDevices, type Image } from './image.ts';
import { ImageRecords, type AttachedImage } from './image-records.ts';
import { disconnectDevice, freeNbdDevice, hasSize, loadNbdDriver, PAUSE, serverOf } from './nbd-device.ts';
import { startQemuNbd, type QemuNbd } from './qemu-nbd.ts';

/** How long qemu-nbd may take to open an image, in ms: it may lie on another machine. */
const CONNECT_LIMIT = 60_000;
/** How long it may take to close one, in ms. */
const CLOSE_LIMIT = 10_000;

/** Images of containers that qemu-nbd makes block devices of: attached before the start, detached after the end. */
export class Images {
  readonly #records: ImageRecords;
  readonly #log: Log;
  /** Devices that are being attached: the kernel does not yet call them used. */
  readonly #claimed = new Set<string>();

  /** `directory` need not exist; it is for what is attached, of root's alone. */
  constructor(directory: string, log: Log) {
    this.#records = new ImageRecords(directory);
    this.#log = log;
  }

  /**
   * Attaches what qemu-nbd has to show, and returns the definition with block devices in place of these images. When
   * it rejects, as with the signal's reason, what was attached is left to `detach`.
   */
  async attach(definition: DomainDefinition, signal: AbortSignal): Promise<DomainDefinition> {
    const images = nbdImages(definition);
    if (images.length === 0) return definition;
    // What could not be detached after the last run would hold the images' locks.
    await this.detach(definition.name);
    const devices = new Map<object, string>();
    for (const [device, image] of images) devices.set(device, await this.attachOne(definition.name, image, signal));
    return withDevices(definition, device => devices.get(device));
  }

  /** Detaches what a domain has attached; the container is gone. Never rejects: what stays attached is reported. */
  async detach(name: string): Promise<void> {
    try {
      const attached = this.#records.read(name);
      if (attached.length === 0) return;
      const left = await Promise.all(
        attached.map(async image => ((await this.#disconnect(name, image)) ? [] : [image])),
      );
      await this.#records.replace(name, left.flat());
    } catch (error) {
      this.#log.error({ domain: name, error }, 'The images of a domain could not be detached');
    }
  }

  /** Detaches one of them, or reports that it is still in use: it is detached with the rest at the end. */
  async detachOne(name: string, device: string): Promise<void> {
    const image = this.#records.read(name).find(attached => attached.device === device);
    if (image === undefined || !(await this.#disconnect(name, image))) return;
    await this.#records.replace(
      name,
      this.#records.read(name).filter(attached => attached.device !== device),
    );
  }

  /** Detaches what an earlier daemon left attached for domains that do not run any more, or never did. */
  async detachUnused(runs: (name: string) => boolean): Promise<void> {
    const left = this.#records.names().filter(name => !runs(name));
    await Promise.all(left.map(name => this.detach(name)));
  }

  /** The device that an image of a running domain is attached to. */
  deviceOf(name: string, file: string): string | null {
    return this.#records.read(name).find(image => image.file === file)?.device ?? null;
  }

  /** Attaches one more for a domain, and returns its device. Rejects like `attach`, and leaves nothing then. */
  async attachOne(name: string, image: Image, signal: AbortSignal): Promise<string> {
    await loadNbdDriver();
    this.#records.prepare();
    for (const taken = new Set<string>(); ;) {
      signal.throwIfAborted();
      const device = freeNbdDevice(device => taken.has(device) || this.#claimed.has(device));
      this.#claimed.add(device);
      try {
        if (await this.#connect(name, image, device, signal)) return device;
        taken.add(device);
      } catch (error) {
        await this.detachOne(name, device);
        throw error;
      } finally {
        this.#claimed.delete(device);
      }
    }
  }

  /** False when another took the device. */
  async #connect(name: string, image: Image, device: string, signal: AbortSignal): Promise<boolean> {
    const { file, readonly, cache, format } = image;
    const socket = join(this.#records.directory, randomBytes(4).toString('hex'));
    const request = { file, format: format ?? 'raw', readonly, cache, device, socket };
    const server = await startQemuNbd(request, pid => this.#records.add(name, { file, device, pid, socket }));
    try {
      const failure = await connected(server, device, signal);
      if (failure === null) return true;
      if (failure.includes('Failed to set NBD socket')) return false;
      throw startFailure(`internal error: Child process (qemu-nbd ${file}) failed: ${failure}`);
    } finally {
      server.leave();
    }
  }

  /** False when it is still in use. */
  async #disconnect(name: string, image: AttachedImage): Promise<boolean> {
    try {
      if (serves(image)) {
        const connectedToIt = serverOf(image.device) === image.pid;
        if (connectedToIt && !(await disconnectDevice(image.device))) {
          this.#log.error({ domain: name, ...image }, 'An image stays attached: its device is in use');
          return false;
        }
        if (!connectedToIt) process.kill(image.pid, 'SIGTERM');
        await ended(image);
      }
      await removeFile(image.socket, false);
      return true;
    } catch (error) {
      this.#log.error({ domain: name, ...image, error }, 'An image stays attached');
      return false;
    }
  }
}

/** Null once the device serves; else what qemu-nbd said when it ended. */
async function connected(server: QemuNbd, device: string, signal: AbortSignal): Promise<string | null> {
  let failure: string | null = null;
  void server.ended.then(output => (failure = output));
  for (const deadline = performance.now() + CONNECT_LIMIT; ; await sleep(PAUSE)) {
    signal.throwIfAborted();
    if (failure !== null) return failure;
    if (serverOf(device) === server.pid && hasSize(device)) return null;
    if (performance.now() > deadline) throw startFailure(`Timed out while waiting for ${device} to show its image`);
  }
}

/** Whether the process of that pid is still the one that was started for the image. */
function serves({ pid, socket }: AttachedImage): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(`--socket=${socket}`);
  } catch {
    return false;
  }
}

/** Waits for the image's process to end, and kills it when it takes too long. */
async function ended(image: AttachedImage): Promise<void> {
  if (await endedWithin(image, CLOSE_LIMIT)) return;
  process.kill(image.pid, 'SIGKILL');
  if (!(await endedWithin(image, CLOSE_LIMIT))) throw new Error(`qemu-nbd (${image.pid}) does not end`);
}

async function endedWithin(image: AttachedImage, limit: number): Promise<boolean> {
  for (const deadline = performance.now() + limit; serves(image); await sleep(PAUSE))
    if (performance.now() > deadline) return false;
  return true;
}
