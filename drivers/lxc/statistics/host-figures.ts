import type { ReadControl } from '../../../native/cgroup/cgroup.ts';
import type { LinkStatistics } from '../../../native/network/link-message.ts';
import { linkStatistics } from '../../../native/network/link-statistics.ts';
import { LoopDevices, type AttachedTo } from './block-device.ts';

/** What one call reads of the host: at most once, whatever the number of domains that it asks about. */
export class HostFigures {
  readonly read: ReadControl;
  readonly #deviceOf: (domain: string, file: string) => string | null;
  #links: ReadonlyMap<string, LinkStatistics> | null = null;
  #loops: LoopDevices | null = null;

  /** `deviceOf`: what an image of a domain is attached to otherwise than by the loop driver. */
  constructor(read: ReadControl, deviceOf: (domain: string, file: string) => string | null) {
    this.read = read;
    this.#deviceOf = deviceOf;
  }

  /** Counters of the host's links, by name. */
  get links(): ReadonlyMap<string, LinkStatistics> {
    this.#links ??= linkStatistics();
    return this.#links;
  }

  attachedTo(domain: string): AttachedTo {
    return file => this.#deviceOf(domain, file) ?? (this.#loops ??= new LoopDevices()).of(file);
  }
}
