import test from 'ava';
import { Slots } from './slots.ts';

const patience = new AbortController().signal;

test('whoever comes later is let in when a slot is given back, in the order of coming', async t => {
  const slots = new Slots(1);
  const entered: string[] = [];
  const enter = async (name: string): Promise<void> => {
    using _ = await slots.take(patience);
    entered.push(name);
    await Promise.resolve();
  };
  await Promise.all(['a', 'b', 'c'].map(enter));
  t.deepEqual(entered, ['a', 'b', 'c']);
});

test('whoever leaves while waiting takes no slot', async t => {
  const slots = new Slots(1);
  const held = await slots.take(patience);
  const leaving = new AbortController();
  const gone = slots.take(leaving.signal);
  const stays = slots.take(patience);
  leaving.abort(new Error('left'));
  await t.throwsAsync(gone, { message: 'left' });
  held[Symbol.dispose]();
  (await stays)[Symbol.dispose]();
  t.notThrows(() => slots.take(patience));
});
