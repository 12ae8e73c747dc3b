import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import test from 'ava';
import { detectHierarchies } from './hierarchies.ts';

const project = join(import.meta.dirname, '../..');
// the project's own Node, not the system's
const files = 'native/cgroup/cgroup.test.ts native/network/bridge-vlans.test.ts native/network/rate-limit.test.ts';
const line = `PATH=$PWD/node_modules/.bin:$PATH ava --timeout=300s ${files}`;

// Where v1 has the controllers, v2 has none of them: the same tests run once more in a machine whose kernel knows v2 alone.
// It is a distribution's, with all of bridges and queues, too.
test('cgroups and limits of links do the same where the kernel has v2 alone', async t => {
  if (detectHierarchies().layout === 'v2') {
    t.log('this host has v2 alone: the tests have run here');
    t.pass();
    return;
  }
  t.timeout(600_000, 'a machine is emulated; its kernel is downloaded the first time');
  const machine = spawn('bash', ['scripts/v2vm.sh', line], {
    cwd: project,
    env: { ...process.env, V2VM_TIMEOUT: '500' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [machine.stdout, machine.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  await once(machine, 'close');
  t.is(machine.exitCode, 0, output.slice(-4000));
  t.regex(output, /\d+ tests passed/);
  t.regex(output, /[✔√] .*limit: memory and swap/, 'the machine had the controllers');
});
