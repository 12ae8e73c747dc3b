import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { Strangers, type Place } from './strangers.ts';

/** Longer than one stranger of two may be silent while others wait, in ms. */
const LONG = 5001;
/** Longer than it takes to look at those who wait, in ms. */
const TICK = 250;

interface Visitor {
  readonly name: string;
  place: Place | null;
  busy: boolean;
  gone: boolean;
  fate: 'waits' | 'inside' | 'evicted' | 'refused' | 'forgotten';
}

/** A door with four places and a waiting room for six, whose clock goes on when it is told to. */
function door() {
  const clock = { now: 0 };
  const limits = { maxAnonymousClients: 4, maxQueuedClients: 6, strangerMs: 60_000 };
  const visitors: Visitor[] = [];
  const strangers = new Strangers({
    limits,
    mayEnter: () => true,
    now: () => clock.now,
    haveHungUp: numbers => numbers.map(number => visitors[number]?.gone === true),
  });
  const come = (source: string): Visitor => {
    const visitor: Visitor = { name: source, place: null, busy: false, gone: false, fate: 'waits' };
    strangers.arrive({
      source,
      socket: visitors.push(visitor) - 1,
      cost: 1,
      enter(place) {
        Object.assign(visitor, { place, fate: 'inside' });
        place.occupy({ isBusy: () => visitor.busy, evict: () => (visitor.fate = 'evicted') });
      },
      refuse: () => (visitor.fate = 'refused'),
      forget: () => (visitor.fate = 'forgotten'),
    });
    return visitor;
  };
  const comeAll = (source: string, count: number): Visitor[] => Array.from({ length: count }, () => come(source));
  return { clock, strangers, come, comeAll };
}

const fates = (visitors: readonly Visitor[]): string[] => visitors.map(({ fate }) => fate);

test('one source has half of the places, and another one gets in at once', t => {
  const { strangers, come, comeAll } = door();
  t.deepEqual(fates(comeAll('a', 4)), ['inside', 'inside', 'waits', 'waits']);
  t.is(come('b').fate, 'inside');
  strangers.close();
});

test('when all places are taken, the longest silent one of the fullest source makes room', async t => {
  const { clock, strangers, come, comeAll } = door();
  const a = comeAll('a', 2);
  const [b, c] = [come('b'), come('c')];
  const late = come('d');
  await sleep(TICK);
  t.is(late.fate, 'waits');
  clock.now += LONG;
  await sleep(TICK);
  t.deepEqual(fates([...a, b, c, late]), ['evicted', 'inside', 'inside', 'inside', 'inside']);
  strangers.close();
});

test('nobody goes while nobody waits', async t => {
  const { clock, strangers, comeAll } = door();
  const all = [...comeAll('a', 2), ...comeAll('b', 2)];
  clock.now += 50 * LONG;
  await sleep(TICK);
  t.true(all.every(({ fate }) => fate === 'inside'));
  strangers.close();
});

test('who waits for an answer stays, but not for ever', async t => {
  const { clock, strangers, come, comeAll } = door();
  const busy = [...comeAll('a', 2), ...comeAll('b', 2)];
  for (const visitor of busy) visitor.busy = true;
  const late = come('c');
  clock.now += 10 * LONG;
  await sleep(TICK);
  t.is(late.fate, 'waits');
  clock.now += 60_000;
  await sleep(TICK);
  t.is(late.fate, 'inside');
  strangers.close();
});

test('a place that becomes free is for the source that has the fewest', t => {
  const { strangers, come, comeAll } = door();
  const [first] = comeAll('a', 5);
  const others = comeAll('b', 2);
  const fair = come('c');
  first?.place?.leave('authenticated');
  t.is(fair.fate, 'inside');
  t.deepEqual(fates(others), ['inside', 'inside']);
  strangers.close();
});

test('too many who wait are refused, of the source that has the most', t => {
  const { strangers, come, comeAll } = door();
  const many = comeAll('a', 9);
  const others = comeAll('b', 3);
  t.is(fates(many).filter(fate => fate === 'refused').length, 2);
  t.deepEqual(fates(others), ['inside', 'inside', 'waits']);
  t.is(come('a').fate, 'refused');
  strangers.close();
});

test('who comes in vain again and again has to wait, and others do not', async t => {
  const { clock, strangers, come } = door();
  for (let count = 0; count <= 100; count += 1) come('a').place?.leave('gone');
  const again = come('a');
  t.is(again.fate, 'waits');
  t.is(come('b').fate, 'inside');
  clock.now += 1000;
  await sleep(TICK);
  t.is(again.fate, 'inside');
  strangers.close();
});

test('who authenticates may come as often as it likes', t => {
  const { strangers, come } = door();
  for (let count = 0; count <= 1000; count += 1) come('a').place?.leave('authenticated');
  t.is(come('a').fate, 'inside');
  t.is(strangers.size, 1);
  strangers.close();
});

test('who has gone before its turn takes none, and costs its source nothing', t => {
  const { strangers, comeAll } = door();
  const [first, second, ...waiting] = comeAll('a', 6);
  for (const visitor of waiting.slice(0, 3)) visitor.gone = true;
  first?.place?.leave('authenticated');
  t.deepEqual(fates(waiting), ['forgotten', 'forgotten', 'forgotten', 'inside']);
  t.is(strangers.size, 2);
  second?.place?.leave('authenticated');
  t.deepEqual(fates(comeAll('a', 1)), ['inside']);
  strangers.close();
});

test('who has gone leaves its room to others that wait', async t => {
  const { strangers, come, comeAll } = door();
  const waiting = comeAll('a', 8).slice(2);
  for (const visitor of waiting) visitor.gone = true;
  await sleep(TICK);
  t.true(waiting.every(({ fate }) => fate === 'forgotten'));
  t.is(come('a').fate, 'waits');
  strangers.close();
});

test('a source that comes and goes in a storm is not slowed down for those that wait', t => {
  const { strangers, come } = door();
  const [first] = [come('a'), come('a')];
  for (let count = 0; count < 1000; count += 1) {
    come('a').gone = true;
    strangers.admit();
  }
  first.place?.leave('authenticated');
  t.is(come('a').fate, 'inside');
  strangers.close();
});
