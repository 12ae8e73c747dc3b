/**
 * Comes to a daemon again and again, from where it is run. Standard input: a Visit as JSON; prints how often it came in a second.
 */
import { text } from 'node:stream/consumers';
import type { Target } from '../conformance/hostile/target.ts';
import { Talker } from '../conformance/hostile/talker.ts';
import { ScramClient } from './scram.ts';

export interface Visit {
  readonly target: Target;
  /** How far it goes: until it has opened the driver, or has authenticated as fred, whose password is "secret". */
  readonly until: 'opened' | 'authenticated';
  readonly milliseconds: number;
}

/** So many at a time: the daemon always has something to do. */
const AT_ONCE = 4;

const dataOf = (value: unknown): Buffer => {
  const data: unknown = Object(value).data;
  if (!(data instanceof Uint8Array)) throw new Error('no data');
  return Buffer.from(data);
};

async function authenticate(talker: Talker): Promise<void> {
  const scram = new ScramClient('fred', 'secret');
  await talker.call('authSaslInit');
  const start = { mech: 'SCRAM-SHA-256', nil: 0, data: scram.first() };
  const { value } = await talker.call('authSaslStart', start);
  const { code, message } = await talker.call('authSaslStep', { nil: 0, data: scram.final(dataOf(value)) });
  if (code !== 0) throw new Error(message);
}

async function visit({ target, until }: Visit): Promise<void> {
  using talker = await Talker.enter(target);
  if (until === 'authenticated') await authenticate(talker);
  if (until === 'opened' && (await talker.open()) !== 0) throw new Error('not let in');
}

const wish: Visit = JSON.parse(await text(process.stdin));
const began = performance.now();
let visits = 0;
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (; performance.now() - began < wish.milliseconds; visits += 1) await visit(wish);
  }),
);
process.stdout.write(String((visits * 1000) / (performance.now() - began)), () => process.exit(0));
