import type { Duplex } from 'node:stream';
import type { Caller } from '../../contract/hypervisor.ts';
import type { Cgroup } from '../../../native/cgroup/cgroup.ts';
import type { Container, Outcome } from '../../../native/launch/container.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import type { AgentSession } from '../agent/session/agent-session.ts';
import { DeviceTable } from '../devices/device-table.ts';
import type { RunningDomain } from '../domain.ts';
import type { FrozenFileSystem } from './frozen-file-systems.ts';

/** Why a container ends, where the daemon knows better than its exit status tells. */
export type StopCause = 'destroyed' | 'shutdown' | 'reboot';

/** One run of a domain: from its start until its container has ended and been cleaned up after. */
export class ContainerProcess implements RunningDomain {
  readonly container: Container;
  readonly cgroup: Cgroup;
  /** What a restart in place uses: what it was started with, until its devices change. */
  source: DomainDefinition;
  /** Resolves when nothing of the container is left. */
  readonly exited: Promise<Outcome>;
  /** Who has which console open. */
  readonly consoleHolders = new Map<number, Duplex>();
  hostInterfaces: (string | null)[] = [];
  /** What its devices are on the host, and so what it may open. */
  devices = new DeviceTable([], []);
  /** Set by whoever asks the container to end. */
  stopCause: StopCause | null = null;
  /** Aborted once a client wants it shut down: an end that looks like a reboot, or one that has begun, is none then. */
  staysDown = new AbortController();
  /** What answers as its guest agent, once a client has asked for it. */
  agent: AgentSession | null = null;
  /** What may be frozen of the container's file systems: whoever ends it thaws them. */
  frozen: readonly FrozenFileSystem[] = [];
  /** When it was made; milliseconds of `performance.now`. */
  readonly startedAt = performance.now();
  /** How many runs directly before this one were restarted in place because they ended at once. */
  shortRuns = 0;
  /** The client whose end is to be the domain's. */
  readonly caller: Caller | null;
  #leaveCaller: (() => void) | null = null;

  constructor(container: Container, cgroup: Cgroup, source: DomainDefinition, caller: Caller | null) {
    this.container = container;
    this.cgroup = cgroup;
    this.source = source;
    this.caller = caller;
    this.exited = new Promise(resolve => container.onExit(resolve));
  }

  get controllerPid(): number {
    return this.container.controllerPid;
  }

  get initPid(): number {
    return this.container.initPid;
  }

  /** Autodestroy: `onClose` runs when the client's connection ends before `leaveCaller`. */
  bindToCaller(onClose: () => void): void {
    this.#leaveCaller = this.caller?.onClose(onClose) ?? null;
  }

  leaveCaller(): void {
    this.#leaveCaller?.();
    this.#leaveCaller = null;
  }
}
