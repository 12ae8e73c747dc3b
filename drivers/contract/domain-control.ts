import type { DomainControlState, DomainJobType } from './constants.ts';
import type { DomainRef, SecurityLabel, TypedParameter } from './domain.ts';

/** virDomainControlInfo: whether the driver can reach what it controls the domain by. */
export interface ControlInfo {
  readonly state: DomainControlState;
  /** One of DomainControlErrorReason. */
  readonly details: number;
  /** ms */
  readonly stateTime: bigint;
}

/** What takes a domain a while, such as being saved or migrated. */
export interface JobStats {
  readonly type: DomainJobType;
  readonly params: readonly TypedParameter[];
}

/** Domains as objects of the driver: what they are called, what becomes of them, how they are reached. */
export interface DomainControl {
  domainRename(domain: DomainRef, name: string, flags: number): Promise<void>;
  /** `type` is of DomainLifecycle, `action` of DomainLifecycleAction. */
  domainSetLifecycleAction(domain: DomainRef, type: number, action: number, flags: number): Promise<void>;
  /** Ends the container at once and starts it again. */
  domainReset(domain: DomainRef, flags: number): Promise<void>;
  domainGetControlInfo(domain: DomainRef, flags: number): Promise<ControlInfo>;
  domainGetJobStats(domain: DomainRef, flags: number): Promise<JobStats>;
  domainAbortJobFlags(domain: DomainRef, flags: number): Promise<void>;
  /** What the user should know: "tainted: …", "deprecated configuration: …". */
  domainGetMessages(domain: DomainRef, flags: number): Promise<string[]>;
  domainGetSecurityLabelList(domain: DomainRef): Promise<SecurityLabel[]>;
}
