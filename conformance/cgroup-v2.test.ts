import { join } from 'node:path';
import test from 'ava';
import { run } from './harness/run.ts';

const PROJECT = join(import.meta.dirname, '..');

test('where there is cgroup v2 alone, containers start, are limited, measured, paused and destroyed', async t => {
  t.timeout(600_000, 'a machine is emulated; its kernel is downloaded the first time');
  if (process.env['LXVIRTD_CONFORMANCE_URI'] !== undefined) {
    t.log('not against a foreign server');
    t.pass();
    return;
  }
  const script = join(import.meta.dirname, 'cgroup-v2.sh');
  const { status, stdout, stderr } = await run('bash', [join(PROJECT, 'scripts/v2vm.sh'), `bash ${script}`], {
    deadline: 540_000,
  });
  t.is(status, 0, stdout + stderr);
  const told = Object.fromEntries(stdout.split('\n').map(line => line.split(': ', 2)));
  t.like(told, {
    state: 'running',
    'memory.max': String(64 * 1024 * 1024),
    'cpu.max': '50000 100000',
    'memory.max after memtune': String(Math.floor((50_000 * 1024) / 4096) * 4096),
    'cpu.max after schedinfo': '20000 100000',
    rss: '1',
    cpu_time: '1',
    paused: 'paused, frozen frozen 1',
    resumed: 'running, frozen 0',
    devices: 'head: /ttyS0: Operation not permitted 1 ',
    destroyed: 'shut off',
    group: 'gone',
    daemon: '0',
  });
});
