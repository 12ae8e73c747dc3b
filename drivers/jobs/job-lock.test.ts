import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { ErrorCode } from '../contract/constants.ts';
import { LibvirtError } from '../contract/error.ts';
import { JobLock } from './job-lock.ts';

/** A job that runs until it is told to end, or is broken off. */
function heldJob() {
  const { promise, resolve: end } = Promise.withResolvers<void>();
  const job = (signal: AbortSignal): Promise<void> => {
    const broken = new Promise<void>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
    return Promise.race([promise, broken]);
  };
  return { job, end };
}

test('jobs run one after the other, in the order they came', async t => {
  const lock = new JobLock();
  const told: string[] = [];
  const job = (name: string) => async (): Promise<void> => {
    told.push(`${name} begins`);
    await sleep(5);
    told.push(`${name} ends`);
  };
  await Promise.all(['a', 'b', 'c'].map(name => lock.run(job(name))));
  t.deepEqual(told, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('a call that comes as a job ends does not pass those that wait', async t => {
  const lock = new JobLock();
  const told: string[] = [];
  const first = heldJob();
  const running = lock.run(first.job).then(() => lock.run(() => told.push('late')));
  const waiting = lock.run(() => told.push('waiting'));
  first.end();
  await Promise.all([running, waiting]);
  t.deepEqual(told, ['waiting', 'late']);
});

test('a job that fails lets the next one in', async t => {
  const lock = new JobLock();
  const failing = lock.run(() => {
    throw new Error('failed');
  });
  t.is(await lock.run(() => 7), 7);
  await t.throwsAsync(failing, { message: 'failed' });
});

test('a call does not wait for ever, and does not run once it has given up', async t => {
  const lock = new JobLock();
  const held = heldJob();
  const running = lock.run(held.job);
  const error = await t.throwsAsync(
    lock.run(() => t.fail('it has given up'), 10),
    { instanceOf: LibvirtError },
  );
  t.is(error.code, ErrorCode.OPERATION_TIMEOUT);
  t.is(error.message, 'Timed out during operation: cannot acquire state change lock');
  held.end();
  await running;
  t.is(await lock.run(() => 7), 7);
});

test('an urgent job breaks off what runs and goes before what waits', async t => {
  const lock = new JobLock();
  const told: string[] = [];
  const running = lock.run(heldJob().job);
  const waiting = lock.run(() => told.push('waiting'));
  const urgent = lock.runUrgent(() => told.push('urgent'));
  await t.throwsAsync(running, { message: /is being destroyed/ });
  await Promise.all([waiting, urgent]);
  t.deepEqual(told, ['urgent', 'waiting']);
});
