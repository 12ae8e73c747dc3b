import type { RemoteError } from '../../protocol/error.ts';
import type { ClientSession } from '../call.ts';
import type { Request } from './request.ts';

/** A call that has been answered; its stream, where it has one, goes on. */
export interface EndedCall {
  readonly request: Request;
  readonly client: ClientSession;
  /** From its message to its reply, in ms: what others of the client did meanwhile is a part of it. */
  readonly time: number;
  /** What the client was told, or null. */
  readonly error: RemoteError | null;
}

/** Is told of calls as they end. */
export interface CallWatch {
  /** Asked before each call: looking at the clock takes a hundredth of what a small one does. */
  readonly watches: boolean;
  ended(call: EndedCall): void;
}

export const nobodyWatches: CallWatch = { watches: false, ended() {} };

/** All of them as one. */
export const watchers = (all: readonly CallWatch[]): CallWatch => ({
  get watches() {
    return all.some(({ watches }) => watches);
  },
  ended(call) {
    for (const each of all) if (each.watches) each.ended(call);
  },
});
