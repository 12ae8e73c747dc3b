import { access } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { PortNews } from '../../../native/network/port-news.ts';
import { forwardAtOnce, findPortState, portStates, type PortState } from '../../../native/network/port-states.ts';
import { findLink } from '../../../native/network/links.ts';
import type { Log } from '../../contract/log.ts';
import type { NetworkDefinition } from '../../xml/network/definition.ts';
import type { NetworkPort } from '../../xml/network/port-definition.ts';

/** How long a guest may take to raise its interface, in ms. One that takes longer waits as the protocol has it. */
const LIMIT = 60_000;
/** Guests ask for an address at once; hearing of nothing costs some microseconds. */
const INTERVAL = 10;
/** What the kernel answers to has to fit into a socket. */
const AT_ONCE = 50;

/** With it the kernel may leave the protocol to another program, which has a mind of its own. */
const OTHERS_PROTOCOL = '/sbin/bridge-stp';

interface Waiting {
  readonly bridge: string;
  readonly device: string;
  readonly until: number;
}

/**
 * With the spanning tree protocol the kernel has a port wait for four seconds at least, which its guest's first lease takes
 * then, also where the network's delay is zero. Here such ports forward as soon as their guest raises its interface, like
 * edge ports of a switch, and the protocol still closes loops. Only the first port of a guest does: with two it can make a
 * loop, which would last for a moment.
 */
export class PromptPorts {
  readonly #log: Log;
  /** By the index of their link. */
  readonly #waiting = new Map<number, Waiting>();
  /** Those of them whose guest has raised its end. */
  readonly #raised = new Set<number>();
  /** Which guest has which port of a bridge: "bridge guest" to the port's UUID. */
  readonly #first = new Map<string, string>();
  /** While one waits. */
  #news: PortNews | null = null;

  constructor(log: Log) {
    this.#log = log;
  }

  /** The port's link is in its bridge. */
  plugged({ bridge }: NetworkDefinition, port: NetworkPort, device: string): void {
    if (bridge === null || bridge.name === null || !bridge.stp || bridge.delay > 0) return;
    const guest = `${bridge.name} ${port.owner.uuid}`;
    const first = this.#first.get(guest) ?? port.uuid;
    this.#first.set(guest, first);
    if (first !== port.uuid) return;
    // first: what is said meanwhile must not be lost
    if (this.#news === null) this.#follow((this.#news = new PortNews()));
    const found = findPortState(device);
    if (found === null || found.master !== findLink(bridge.name)?.index) return;
    this.#waiting.set(found.index, { bridge: bridge.name, device, until: performance.now() + LIMIT });
    this.#note(found);
  }

  released({ bridge }: NetworkDefinition, port: NetworkPort): void {
    const guest = `${bridge?.name} ${port.owner.uuid}`;
    if (this.#first.get(guest) === port.uuid) this.#first.delete(guest);
  }

  #follow(news: PortNews): void {
    this.#serve(news).catch((error: unknown) => {
      this.#waiting.clear();
      this.#log.warn({ error }, 'Ports of bridges wait for the spanning tree protocol');
    });
  }

  async #serve(news: PortNews): Promise<void> {
    try {
      do {
        await sleep(INTERVAL, undefined, { ref: false });
        this.#hear(news);
        await this.#forward();
        this.#forgetLate();
      } while (this.#waiting.size > 0);
    } finally {
      // in the same turn as the last look at who waits
      this.#news = null;
      news[Symbol.dispose]();
    }
  }

  #hear(news: PortNews): void {
    for (let told = news.next(); told !== null; told = news.next()) {
      const ports = told === 'lost' ? [...this.#waiting.values()].map(({ device }) => findPortState(device)) : told;
      for (const port of ports) if (port !== null) this.#note(port);
    }
  }

  #note({ index, state }: PortState): void {
    if (state === portStates.listening && this.#waiting.has(index)) this.#raised.add(index);
    // one of before a restart of the daemon, or one that has waited as the protocol has it
    if (state === portStates.forwarding) this.#waiting.delete(index);
  }

  async #forward(): Promise<void> {
    if (this.#raised.size === 0) return;
    const raised = [...this.#raised].slice(0, AT_ONCE);
    const ports = raised.flatMap(index => {
      const waiting = this.#waiting.get(index);
      return waiting === undefined ? [] : [{ index, bridge: waiting.bridge }];
    });
    for (const index of raised) {
      this.#raised.delete(index);
      this.#waiting.delete(index);
    }
    if (await isThere(OTHERS_PROTOCOL)) return;
    for (const [bridge, ofBridge] of Map.groupBy(ports, ({ bridge: name }) => name))
      await forwardAtOnce(
        bridge,
        ofBridge.map(({ index }) => index),
      ).catch((error: unknown) => this.#log.debug({ error, bridge }, 'Ports wait for the spanning tree protocol'));
  }

  #forgetLate(): void {
    const now = performance.now();
    for (const [index, { until }] of this.#waiting)
      if (until >= now) break;
      else this.#waiting.delete(index);
  }
}

const isThere = async (path: string): Promise<boolean> =>
  await access(path).then(
    () => true,
    () => false,
  );
