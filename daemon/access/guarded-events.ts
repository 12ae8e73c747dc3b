import type { Log } from '../../drivers/contract/log.ts';
import type { ClientSession } from '../call.ts';
import type { EventGate } from '../events/event-gate.ts';
import type { AccessControl } from './access-control.ts';

/** Events of one client that wait for a decision. Whoever has more is not served any faster by waiting longer. */
const WAITING_MAX = 10_000;

interface Queue {
  waiting: number;
  last: Promise<void>;
}

/** Lets clients hear of the objects that they may see, in the order in which things happened. */
export class GuardedEvents implements EventGate {
  readonly #access: AccessControl;
  readonly #log: Log;
  readonly #queues = new WeakMap<ClientSession, Queue>();

  constructor(access: AccessControl, log: Log) {
    this.#access = access;
    this.#log = log;
  }

  pass(client: ClientSession, kind: string, object: unknown, send: () => void): void {
    const queue = this.#queueOf(client);
    if (queue.waiting >= WAITING_MAX) {
      this.#log.error({ client: client.id }, 'More events wait for access control than can be kept: the client goes');
      client.close();
      return;
    }
    queue.waiting += 1;
    queue.last = this.#inTurn(queue, async () => {
      if (await this.#access.sees(client, `${kind}:getattr`, object)) send();
    });
  }

  async #inTurn(queue: Queue, action: () => Promise<void>): Promise<void> {
    await queue.last;
    await action().catch((error: unknown) => this.#log.error({ err: error }, 'Cannot send an event'));
    queue.waiting -= 1;
  }

  #queueOf(client: ClientSession): Queue {
    const known = this.#queues.get(client);
    if (known !== undefined) return known;
    const queue = { waiting: 0, last: Promise.resolve() };
    this.#queues.set(client, queue);
    return queue;
  }
}
