import type { Endpoint } from './listener.ts';

/** What a source may cost in vain before it has to wait, and what of it is forgotten in a second. */
const FREE = 100;
const PER_SECOND = 50;
/** Of those who owe; the one that has owed for longest is forgotten for another. */
const MAX_SOURCES = 10_000;

/** What one client in vain costs: a handshake, or a question to polkit, takes the host as long as many connections. */
const VAIN_COST = { unix: 1, tcp: 1, tls: 10 } as const;
const POLKIT_COST = 10;

export const vainCost = ({ transport = 'unix', auth }: Endpoint): number =>
  auth === 'polkit' ? POLKIT_COST : VAIN_COST[transport];

interface Debt {
  points: number;
  /** In ms. */
  at: number;
}

/**
 * Slows down whoever comes again and again and never authenticates. Those who do authenticate are never slowed down,
 * however many they are.
 */
export class Pace {
  readonly #debts = new Map<string, Debt>();
  readonly #now: () => number;

  /** `now` in ms. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** A client of the source has come in vain. */
  charge(source: string, cost: number): void {
    const points = this.#owed(source) + cost;
    this.#debts.delete(source);
    this.#debts.set(source, { points, at: this.#now() });
    const [oldest] = this.#debts.keys();
    if (this.#debts.size > MAX_SOURCES && oldest !== undefined) this.#debts.delete(oldest);
  }

  mustWait(source: string): boolean {
    return this.#owed(source) > FREE;
  }

  #owed(source: string): number {
    const debt = this.#debts.get(source);
    if (debt === undefined) return 0;
    const points = debt.points - ((this.#now() - debt.at) * PER_SECOND) / 1000;
    if (points > 0) return points;
    this.#debts.delete(source);
    return 0;
  }
}
