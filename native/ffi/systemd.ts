/** What a service tells systemd, by the protocol that libsystemd speaks; without the library, which is not on every host. */
import { DatagramSender } from './socket-messages.ts';

/** Messages to the service manager; without one, nothing happens. */
export class ServiceManager {
  readonly #sender: DatagramSender | null;

  /** `address` is NOTIFY_SOCKET: a path, or "@name" in the abstract name space. */
  constructor(address: string | undefined) {
    this.#sender = address !== undefined && /^[/@]/.test(address) ? new DatagramSender(address) : null;
  }

  ready(status: string): void {
    this.#send({ READY: '1', STATUS: status, MAINPID: String(process.pid) });
  }

  reloading(): void {
    const microseconds = process.hrtime.bigint() / 1000n;
    this.#send({ RELOADING: '1', MONOTONIC_USEC: String(microseconds) });
  }

  stopping(): void {
    this.#send({ STOPPING: '1' });
  }

  /** A manager that does not listen is no reason to fail. */
  #send(fields: Readonly<Record<string, string>>): void {
    try {
      this.#sender?.send(
        Buffer.from(
          Object.entries(fields)
            .map(([name, value]) => `${name}=${value}`)
            .join('\n'),
        ),
      );
    } catch {
      // It will notice by its own time limits.
    }
  }
}
