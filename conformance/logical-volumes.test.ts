import { join } from 'node:path';
import test from 'ava';
import { run } from './harness/run.ts';

const PROJECT = join(import.meta.dirname, '..');

test('where the kernel has the device mapper, logical volumes are made, snapshotted, resized and removed', async t => {
  t.timeout(600_000, 'a machine is emulated; its kernel is downloaded the first time');
  const line = `bash ${join(import.meta.dirname, 'logical-volumes.sh')}`;
  const { status, stdout, stderr } = await run('bash', [join(PROJECT, 'scripts/v2vm.sh'), line], {
    deadline: 560_000,
    env: { V2VM_TIMEOUT: '540' },
  });
  t.is(status, 0, stdout + stderr);
  t.regex(stdout, /done/);
});
