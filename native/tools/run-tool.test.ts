import test from 'ava';
import { runToEnd } from './run-to-end.ts';
import { runTool, ToolError } from './run-tool.ts';

test('a tool is told its input and says what it prints', async t => {
  t.is(await runTool('cat', [], { input: 'given' }), 'given');
  t.regex(await runTool('env', []), /^PATH=\/usr\/local\/sbin:.*\nLC_ALL=C$/m);
});

test('one that fails is told of by its first words, one that is not there by its name', async t => {
  const failed = await t.throwsAsync(runTool('ls', ['/nowhere']), { instanceOf: ToolError });
  t.regex(failed?.message ?? '', /^ls: .*No such file or directory$/);
  const missing = await t.throwsAsync(runTool('no-such-program', []), { instanceOf: ToolError });
  t.is(missing?.code, 'ENOENT');
});

test('one that takes too long, or says too much, is killed', async t => {
  t.is((await runToEnd('sleep', ['1000'], { timeLimit: 100 })).status, 'SIGKILL');
  const { status, complaint } = await runToEnd('yes', []);
  t.is(status, 'SIGKILL');
  t.is(complaint, 'says more than 67108864 bytes');
});

test('one that is killed is not waited for when a child of it lives on', async t => {
  const start = performance.now();
  const { status, output } = await runToEnd('sh', ['-c', 'echo begun; sleep 40 & wait'], { timeLimit: 500 });
  t.deepEqual([status, output], ['SIGKILL', 'begun\n']);
  t.true(performance.now() - start < 30_000);
});

test('one that is not wanted any more is killed', async t => {
  const { status } = await runToEnd('sleep', ['1000'], { signal: AbortSignal.timeout(100) });
  t.is(status, 'ABORT_ERR');
});
