/** Kinds of records that the kernel's audit has for virtual machines. */
export type AuditKind = 'control' | 'resource' | 'machine-id';

/** Where a driver reports what matters to the host's audit. */
export interface AuditTrail {
  /** `fields` is "name=value …" with values already encoded. Returns at once and never throws: a record is a report. */
  record(kind: AuditKind, fields: string, success: boolean): void;
}

/** Nobody asks. */
export const noAudit: AuditTrail = { record: () => undefined };
