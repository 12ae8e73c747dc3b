import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { makeBusyboxRoot, TestDirectory } from './testing/busybox-root.ts';
import { ConsoleReader, until } from './testing/console-reader.ts';
import { ended, launchPlan, RunningContainer } from './testing/run-container.ts';
import { standardOperations, testPlan } from './testing/test-plan.ts';

const directory = new TestDirectory();
const root = makeBusyboxRoot(directory.path);
test.after.always(() => directory[Symbol.dispose]());

const KEPT = 64 * 1024;

const start = (script: string, consoles = 1): Promise<RunningContainer> =>
  RunningContainer.start(testPlan(root, script, { operations: standardOperations(consoles) }));

const isThere = (path: string): boolean => existsSync(join(root, path));

/** Resident memory of a process in KiB. */
function resident(pid: number): number {
  return Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** Processor time of a process in clock ticks. */
function ticks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

test('what is typed arrives, what is printed is shown, on every console', async t => {
  await using running = await start('exec 4<>/dev/pts/1; read a; echo "got $a"; read b <&4; echo "got $b" >&4; cat', 2);
  using first = new ConsoleReader(running.console());
  using second = new ConsoleReader(running.console(1));
  first.write('one\n');
  t.regex(await first.until(text => text.includes('got one')), /^one\r\ngot one\r\n$/);
  second.write('two\n');
  t.regex(await second.until(text => text.includes('got two')), /^two\r\ngot two\r\n$/);
});

test('the interrupt key reaches the program in front', async t => {
  await using running = await start('trap "echo INTERRUPTED" INT; echo READY; while :; do sleep 1; done');
  using console = new ConsoleReader(running.console());
  await console.until(text => text.includes('READY'));
  console.write('\x03');
  t.regex(await console.until(text => text.includes('INTERRUPTED')), /READY/);
});

test('every byte passes unchanged in both directions', async t => {
  await using running = await start(
    'stty raw -echo; echo READY; head -c 256 >/tmp/in; cat /tmp/in; i=0; while [ $i -lt 400 ]; do cat /tmp/in; i=$((i+1)); done; cat',
  );
  using console = new ConsoleReader(running.console());
  await console.until(text => text.includes('READY'));
  const before = console.text.length + (console.text.endsWith('\n') ? 0 : 1);
  const bytes = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
  console.write(bytes);
  const text = await console.until(all => all.length >= before + 401 * 256);
  t.true(text.slice(-401 * 256) === bytes.repeat(401));
});

test('what is printed before anybody reads is kept, in order', async t => {
  await using running = await start(
    'i=0; while [ $i -lt 4000 ]; do echo "line $i"; i=$((i+1)); done; touch /tmp/printed; cat',
  );
  await until(
    'it has printed',
    () => readFileSync(join(root, 'tmp/printed'), { flag: 'a+' }).length === 0 && isThere('tmp/printed'),
  );
  using console = new ConsoleReader(running.console());
  const text = await console.until(all => all.includes('line 3999\r\n'));
  t.is(text, Array.from({ length: 4000 }, (_, index) => `line ${index}\r\n`).join(''));
});

test('of much that nobody read at least the last 64 KiB are kept; printing never waits; memory does not grow', async t => {
  await using running = await start(
    'i=0; while [ $i -lt 100000 ]; do echo "line $i"; i=$((i+1)); done; : >/tmp/flood-done; echo LAST; cat',
  );
  await until('the flood is over', () => isThere('tmp/flood-done'));
  t.true(resident(running.container.controllerPid) < 600);
  using console = new ConsoleReader(running.console());
  const text = await console.until(all => all.includes('LAST\r\n'));
  t.true(text.length >= KEPT, `${text.length} bytes`);
  const lines = text.split('\r\n').slice(1, -2);
  const first = Number(lines[0]?.slice(5));
  t.deepEqual(
    lines,
    Array.from({ length: 100_000 - first }, (_, index) => `line ${first + index}`),
  );
});

test('a reader who is there but does not read does not hold the container up for ever', async t => {
  await using running = await start(
    'i=0; while [ $i -lt 50000 ]; do echo "line $i"; i=$((i+1)); done; : >/tmp/stuck-done; echo LAST; cat',
  );
  using console = new ConsoleReader(running.console());
  await until('the flood is over', () => isThere('tmp/stuck-done'));
  await console.until(all => all.includes('LAST\r\n'));
  t.pass();
});

test('a reader who reads gets everything, however much it is', async t => {
  await using running = await start('read go; yes 0123456789 | head -n 150000; cat');
  using console = new ConsoleReader(running.console());
  console.write('go\n');
  const expected = `go\r\n${'0123456789\r\n'.repeat(150_000)}`;
  const text = await console.until(all => all.length >= expected.length);
  t.true(text === expected);
});

test('readers come and go while a container prints without end', async t => {
  await using running = await start('yes 0123456789');
  for (let round = 0; round < 5; round += 1) {
    using console = new ConsoleReader(running.console());
    t.regex(await console.until(all => all.length > 200_000), /0123456789\r\n/);
  }
});

test('a container that hangs its terminal up goes on', async t => {
  await using running = await start(
    'setsid sh -c "exec </dev/pts/0 >/dev/pts/0; stty 0 2>/dev/null; sleep 0"; i=0; while [ $i -lt 3 ]; do setsid -c sh -c "echo in $i" </dev/console >/dev/console 2>&1; i=$((i+1)); done; echo AFTER >/dev/console; sleep 1000',
  );
  using console = new ConsoleReader(running.console());
  await console.until(text => text.includes('AFTER'));
  const before = ticks(running.container.controllerPid);
  await sleep(300);
  t.true(ticks(running.container.controllerPid) - before < 10);
  console.write('x');
  t.true(running.container.running);
});

test('an idle controller neither runs nor holds memory', async t => {
  await using running = await start('echo hello; sleep 1000');
  {
    using console = new ConsoleReader(running.console());
    await console.until(text => text.includes('hello'));
  }
  const before = ticks(running.container.controllerPid);
  await sleep(500);
  t.true(ticks(running.container.controllerPid) - before <= 1);
  t.true(resident(running.container.controllerPid) < 400);
});

test('the last words of a container reach a reader', async t => {
  const container = await launchPlan(testPlan(root, 'echo LAST WORDS'));
  using console = new ConsoleReader(container.consoles[0] ?? '');
  await container.run();
  await ended(container);
  t.is(await console.until(text => text.includes('WORDS')), 'LAST WORDS\r\n');
});

const LAST_WORDS = '0123456789\r\n'.repeat(9090) + '0123456789';

/** All that a reader gets of a container that prints and ends at once. */
async function lastWords(late: boolean): Promise<string> {
  const container = await launchPlan(testPlan(root, 'yes 0123456789 | head -c 100000'));
  using console = new ConsoleReader(container.consoles[0] ?? '');
  await container.run();
  if (late) await sleep(100);
  return await console.until(text => text.length >= LAST_WORDS.length);
}

test('a hundred kilobytes of last words reach every reader, also one who is a little late', async t => {
  for (let round = 0; round < 5; round += 1) {
    const heard = await Promise.all(Array.from({ length: 10 }, (_, index) => lastWords(index % 2 === 0)));
    t.true(heard.every(text => text === LAST_WORDS));
  }
});
