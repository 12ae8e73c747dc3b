import type { DomainDevices } from '../../xml/domain/definition.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import type { ContainerProcess } from '../process/container-process.ts';

/** Which of a domain's two definitions is meant: libvirt's drivers word their refusals differently for each. */
export type Side = 'live' | 'config';

/**
 * One kind of device (disks, filesystems, interfaces, host devices): how it is found in a definition, and how it comes
 * and goes while the container runs. Everything throws LibvirtError, and before anything has changed.
 */
export interface DeviceKind<D extends AliasedDevice> {
  of(devices: DomainDevices): readonly D[];
  /** The devices with `list` in the place of their own. */
  put(devices: DomainDevices, list: readonly D[]): DomainDevices;
  /** Throws for a device that cannot be added to these, such as a second one of the same target. */
  checkNew(present: readonly D[], wanted: D, side: Side): void;
  /** The index of the device that a document means. Throws when it is none of them, or more than one. */
  find(present: readonly D[], wanted: D, side: Side): number;
  /** What an update makes of a device. Throws for what cannot be changed; null when devices of the kind have no updates. */
  readonly change: ((present: D, wanted: D, side: Side) => D) | null;
  readonly live: LiveDevices<D>;
}

export interface AliasedDevice {
  readonly alias: string | null;
}

/** The running domain that a device is changed of, inside its job. */
export interface LiveChange {
  readonly context: LxcContext;
  readonly domain: LxcDomain;
  readonly process: ContainerProcess;
  /** Aborted when somebody wants the domain destroyed. */
  readonly signal: AbortSignal;
}

/**
 * What happens in the running container. Of a call that rejects nothing is left; the definition, the status on disk and
 * the event are the caller's, once the promise resolves.
 */
export interface LiveDevices<D> {
  /** `device` has its alias; returns it as it is in the container, with what was chosen for it. It becomes the last of its kind. */
  attach(change: LiveChange, device: D): Promise<D>;
  /** `device` is the very one of `domain.definition`. */
  detach(change: LiveChange, device: D): Promise<void>;
  /** `present` is the very one of `domain.definition`, `wanted` what `DeviceKind.change` made of it. Returns it as it is now. */
  update(change: LiveChange, present: D, wanted: D): Promise<D>;
}
