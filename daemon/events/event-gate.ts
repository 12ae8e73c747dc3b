import type { ClientSession } from '../call.ts';

/** Decides which clients hear of an event. */
export interface EventGate {
  /**
   * Calls `send`, now or later, if the client may see the object. `kind` is one of the procedure tables' permissions
   * ("domain"), `object` what a driver says of it. One client's events stay in order.
   */
  pass(client: ClientSession, kind: string, object: unknown, send: () => void): void;
}

/** Everybody hears of everything, at once. */
export const openGate: EventGate = { pass: (_client, _kind, _object, send) => send() };
