/** What a definition is asked for; null is whatever the driver prefers. */
export interface DomainCapabilitiesRequest {
  readonly emulator: string | null;
  readonly arch: string | null;
  readonly machine: string | null;
  readonly type: string | null;
}

/** What domains of a kind can have. */
export interface DomainCapabilities {
  /** The XML document; throws invalidArg for what the driver does not run. */
  connectGetDomainCapabilities(request: DomainCapabilitiesRequest, flags: number): string;
}
