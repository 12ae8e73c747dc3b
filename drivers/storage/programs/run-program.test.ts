import test from 'ava';
import { ErrorCode } from '../../contract/constants.ts';
import { LibvirtError } from '../../contract/error.ts';
import { runProgram } from './run-program.ts';

test('a program that does not end in its time is killed', async t => {
  await t.throwsAsync(runProgram('sleep', ['1000'], { timeLimit: 100 }), {
    instanceOf: LibvirtError,
    message: /Child process \(\/usr\/bin\/sleep 1000\)/,
  });
});

test('a program that fails, or is not there, is told of by name', async t => {
  const failed = await t.throwsAsync(runProgram('ls', ['/nowhere']), { instanceOf: LibvirtError });
  t.is(failed?.code, ErrorCode.INTERNAL_ERROR);
  t.regex(failed?.message ?? '', /unexpected exit status 2: .*No such file or directory/);
  const missing = await t.throwsAsync(runProgram('no-such-program', []), { instanceOf: LibvirtError });
  t.is(missing?.message, 'unsupported configuration: the program no-such-program is not installed');
});

test('arguments are never read by a shell, and statuses may be expected', async t => {
  t.is((await runProgram('echo', ['$(id)', '`id`', ';id'])).output, '$(id) `id` ;id\n');
  t.is((await runProgram('false', [], { statuses: [0, 1] })).status, 1);
  t.is((await runProgram('cat', [], { input: 'given' })).output, 'given');
});
