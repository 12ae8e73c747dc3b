import type { TransportKind } from './transport.ts';

/** What a server counts from its start on, however many clients have left since. */
export interface Tally {
  /** Clients that came, by how. */
  readonly accepted: Record<TransportKind, number>;
  /** Sent away in their handshake. */
  readonly refused: number;
  /** Sent away later: what they said made no sense, or they said nothing for too long. */
  readonly dropped: number;
  /** On the wire, also of those that are connected. */
  readonly received: number;
  readonly sent: number;
}
