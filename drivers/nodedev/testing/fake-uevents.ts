import type { Uevent } from '../../../native/ffi/uevent-socket.ts';
import type { UeventSource } from '../devices/current-devices.ts';

/** What the kernel would tell of a host that is not this one. */
export class FakeUevents implements UeventSource {
  readonly #queue: (Uevent | 'lost')[] = [];

  put(action: string, path: string, subsystem: string, more: Readonly<Record<string, string>> = {}): void {
    const devpath = path.replace(/^\/sys/, '');
    this.#queue.push(new Map(Object.entries({ ACTION: action, DEVPATH: devpath, SUBSYSTEM: subsystem, ...more })));
  }

  lose(): void {
    this.#queue.push('lost');
  }

  next(): Uevent | 'lost' | null {
    return this.#queue.shift() ?? null;
  }

  [Symbol.dispose](): void {}
}
