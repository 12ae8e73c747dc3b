import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Uevent } from '../../../native/ffi/uevent-socket.ts';
import type { Log } from '../../contract/log.ts';
import type { NodeDeviceEvent } from '../../contract/node-device.ts';
import { DeviceList } from '../host/device-list.ts';
import type { HostTree } from '../host/host-tree.ts';
import { scanDevices } from '../host/scan.ts';
import { applyScan, applyUevent } from './device-changes.ts';

/** Where events of devices come from: the kernel's socket. It keeps them until somebody asks. */
export interface UeventSource extends Disposable {
  next(): Uevent | 'lost' | null;
}

interface CurrentDevicesOptions {
  readonly tree: HostTree;
  /** Called before the first scan, so that nothing happens in between unseen. */
  openUevents(): UeventSource;
  emit(event: NodeDeviceEvent): void;
  readonly log: Log;
}

/** How many events are looked at before others get their turn. */
const SLICE = 100;

/**
 * The devices that there are now. The first call scans the host; later ones take what the kernel has told since. Node cannot
 * wait for such a socket, so a daemon that nobody asks leaves the events there, and when they have become too many scans again.
 */
export class CurrentDevices {
  readonly #options: CurrentDevicesOptions;
  readonly #devices = new DeviceList();
  #source: UeventSource | null = null;
  /** The first scan; null before anybody has asked. */
  #scan: Promise<void> | null = null;
  #taking: Promise<void> | null = null;
  #closed = false;

  constructor(options: CurrentDevicesOptions) {
    this.#options = options;
  }

  /** The list lives on: what comes later is in it, too. */
  async get(): Promise<DeviceList> {
    this.#scan ??= this.#firstScan();
    await this.#scan;
    // One at a time: what a scan found must not overtake what came after it.
    while (this.#taking !== null) await this.#taking;
    this.#taking = this.#takeEvents().finally(() => (this.#taking = null));
    await this.#taking;
    return this.#devices;
  }

  /** Whether anybody has asked yet. */
  get known(): boolean {
    return this.#scan !== null;
  }

  close(): void {
    this.#closed = true;
    this.#source?.[Symbol.dispose]();
    this.#source = null;
  }

  async #firstScan(): Promise<void> {
    try {
      this.#source = this.#options.openUevents();
    } catch (error) {
      this.#options.log.warn({ error }, 'Devices that come and go are not seen: the kernel does not tell of them');
    }
    for (const device of await scanDevices(this.#options.tree)) this.#devices.put(device);
  }

  async #takeEvents(): Promise<void> {
    for (let taken = 1; !this.#closed; taken++) {
      const event = this.#source?.next() ?? null;
      if (event === null) return;
      if (event === 'lost') await this.#scanAgain();
      else this.#tell(applyUevent(this.#options.tree, this.#devices, event));
      if (taken % SLICE === 0) await nextTurn();
    }
  }

  /** Events are of things older than the scan, or newer: either way they are looked at once more. */
  async #scanAgain(): Promise<void> {
    this.#options.log.info({}, 'Events of devices were lost; the host is looked at anew');
    this.#tell(applyScan(this.#devices, await scanDevices(this.#options.tree)));
  }

  #tell(events: readonly NodeDeviceEvent[]): void {
    for (const event of events) this.#options.emit(event);
  }
}
