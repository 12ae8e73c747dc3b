import { join } from 'node:path';
import test from 'ava';
import { openHost } from './harness/host.ts';
import { busyboxRoot } from './harness/roots.ts';
import { run } from './harness/run.ts';

const PROJECT = join(import.meta.dirname, '..');

/** The scenario's. */
const uuid = '5f1d2c7e-8a04-4b57-9d7f-0c6a3c1be0aa';

test('where there is cgroup v2 alone, containers start, are limited, measured, paused, networked, confined and destroyed', async t => {
  t.timeout(840_000, 'a machine is emulated; its kernel is downloaded the first time');
  if (process.env['LXVIRTD_CONFORMANCE_URI'] !== undefined) {
    t.log('not against a foreign server');
    t.pass();
    return;
  }
  await using host = await openHost();
  await busyboxRoot(join(host.directory, 'root'));
  // The daemon has run there once: what it compiled saves the emulated processor a minute.
  await host.daemon?.stop();
  const line = `bash ${join(import.meta.dirname, 'cgroup-v2.sh')} ${host.directory}`;
  const { status, stdout, stderr } = await run('bash', [join(PROJECT, 'scripts/v2vm.sh'), line], {
    deadline: 800_000,
    env: { V2VM_TIMEOUT: '780' },
  });
  t.is(status, 0, stdout + stderr);
  const told = Object.fromEntries([...stdout.matchAll(/^([^:]+): (.*)$/gm)].map(([, name, value]) => [name, value]));
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
    lease: '52:54:00:00:77:02 10.77.0.50/24',
    nat: '3',
    filter: 'there',
    floor: '1',
    table: 'static',
    vlan: '1',
    model: 'apparmor',
    inside: `mount: mounting debugfs on /mnt failed: Permission denied mounted libvirt-${uuid} (enforce) `,
    label: `libvirt-${uuid} (enforcing)`,
    profiles: '1',
    'profiles after it': '0',
    'unknown profile': "error: XML error: Invalid security label 'lxvirtd-static'",
    'known profile': 'lxvirtd-static (enforce)',
    daemon: '0',
  });
});
