/**
 * Attacks servers from a process of its own. Standard input: one line of JSON, an Assault. All its attacks run side by side, from
 * the line "attacking" on until standard input ends; then it prints what became of each.
 */
import { createInterface } from 'node:readline';
import { attacks, type AttackName } from './attacks.ts';
import type { Target } from './target.ts';

export interface Order {
  readonly attack: AttackName;
  readonly target: Target;
}

export interface Assault {
  readonly orders: readonly Order[];
  /** The user to be; root unless said otherwise. */
  readonly uid?: number;
}

// What fails is a connection, which is what an attacker expects.
process.on('uncaughtException', () => undefined);
process.on('unhandledRejection', () => undefined);

const stop = new AbortController();
const lines = createInterface(process.stdin);
lines.once('line', line => void begin(JSON.parse(line)));
lines.once('close', () => stop.abort());

async function begin({ orders, uid }: Assault): Promise<void> {
  if (uid !== undefined) {
    process.setgroups?.([]);
    process.setgid?.(uid);
    process.setuid?.(uid);
  }
  process.stdout.write('attacking\n');
  const outcomes = await Promise.all(orders.map(({ attack, target }) => attacks[attack](target, stop.signal)));
  process.stdout.write(`${JSON.stringify(outcomes)}\n`, () => process.exit(0));
}
