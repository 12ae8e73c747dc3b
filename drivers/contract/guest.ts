/**
 * What a guest's agent answers and does: asked of the guest's own point of view. A driver whose guests need no agent
 * answers for them. Every method but the response timeout's needs a running domain (operationInvalid, also while it is
 * paused), and throws:
 * - internalError "unable to execute QEMU agent command 'NAME': …" for what the guest cannot do, NAME being the command
 *   of QEMU's guest agent that the call stands for;
 * - agentUnresponsive when the guest does not answer in time.
 * The calls on one domain are served one after the other.
 */
import type { DomainRef, TypedParameter } from './domain.ts';

/** virDomainFSInfo */
export interface GuestFileSystem {
  readonly mountPoint: string;
  /** Of its device inside ("sda1"), or what it calls itself. */
  readonly name: string;
  readonly type: string;
  /** Targets of the domain's disks that it lies on. */
  readonly disks: readonly string[];
}

/** virDomainGetTime: since the epoch. */
export interface GuestTime {
  readonly seconds: bigint;
  readonly nanoseconds: number;
}

export interface DomainGuestAgent {
  /**
   * The QEMU program's agent command: a document of QEMU's guest agent protocol in, its answer out. `timeout` is one of
   * DomainQemuAgentCommandTimeoutValues or a number of seconds.
   */
  domainQemuAgentCommand(domain: DomainRef, command: string, timeout: number, flags: number): Promise<string>;
  /** `types` is a set of DomainGuestInfoTypes. 0 asks for all that can be had; what was named must be there. */
  domainGetGuestInfo(domain: DomainRef, types: number, flags: number): Promise<TypedParameter[]>;
  domainGetFsinfo(domain: DomainRef, flags: number): Promise<GuestFileSystem[]>;
  /** No mount points are all. How many file systems have been frozen: only what is the guest's alone can be. */
  domainFsfreeze(domain: DomainRef, mountPoints: readonly string[], flags: number): Promise<number>;
  domainFsthaw(domain: DomainRef, mountPoints: readonly string[], flags: number): Promise<number>;
  /** A null `mountPoint` is all; `minimum` in bytes. */
  domainFstrim(domain: DomainRef, mountPoint: string | null, minimum: bigint, flags: number): Promise<void>;
  domainGetTime(domain: DomainRef, flags: number): Promise<GuestTime>;
  domainSetTime(domain: DomainRef, time: GuestTime, flags: number): Promise<void>;
  /** ENCRYPTED: the password is a hash as crypt(5) makes them. */
  domainSetUserPassword(domain: DomainRef, user: string, password: string, flags: number): Promise<void>;
  /** "vcpus", "online" and "offlinable", as lists of numbers. */
  domainGetGuestVcpus(domain: DomainRef, flags: number): Promise<TypedParameter[]>;
  /** `timeout` is one of DomainAgentResponseTimeoutValues or a number of seconds: for all calls but agent commands. */
  domainAgentSetResponseTimeout(domain: DomainRef, timeout: number, flags: number): Promise<void>;
  domainAuthorizedSshKeysGet(domain: DomainRef, user: string, flags: number): Promise<string[]>;
  /** Replaces all keys; APPEND and REMOVE change only those given. */
  domainAuthorizedSshKeysSet(domain: DomainRef, user: string, keys: readonly string[], flags: number): Promise<void>;
}
