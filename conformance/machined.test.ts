import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { busyboxRoot, debianRoot } from './harness/roots.ts';
import { run } from './harness/run.ts';

test.before(async t => {
  t.timeout(900_000, 'the Debian root is made the first time');
  await debianRoot('machined');
});

const expected = {
  machine: 'lxc-N-we.b-1 container libvirt-lxc',
  leader: 'init',
  unit: String.raw`machine-lxc\x2dN\x2dwe.b\x2d1.scope`,
  root: 'given',
  state: 'running',
  slice: 'machine.slice',
  delegate: 'yes',
  status: '1',
  limit: String(64 * 1024 * 1024),
  'limit after a reload': String(64 * 1024 * 1024),
  adopted: 'running, 1 machine',
  destroyed: 'machine gone yes, unit gone yes',
  'cgroups left': '0',
  terminated: 'off yes, machine gone yes, unit gone yes',
  'failed start': 'status 1, unit gone yes',
  rebooted: '1 machine, running',
  'without machined': '1 unit, running',
  'after that': 'unit gone yes',
  daemon: '0',
};

const isMachine = test.macro(async (t, layout: 'v1' | 'v2') => {
  t.timeout(600_000);
  if (process.env['LXVIRTD_CONFORMANCE_URI'] !== undefined) {
    t.log('not against a foreign server');
    t.pass();
    return;
  }
  const directory = await mkdtemp('/var/tmp/lxvirtd-conformance-');
  t.teardown(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  await busyboxRoot(join(directory, 'guest'));
  const script = join(import.meta.dirname, 'machined.sh');
  const { status, stdout, stderr } = await run('bash', [script, await debianRoot('machined'), directory, layout], {
    deadline: 580_000,
  });
  t.is(status, 0, stdout + stderr);
  t.like(
    Object.fromEntries([...stdout.matchAll(/^([^:]+): (.*)$/gm)].map(([, name, value]) => [name, value])),
    expected,
  );
});

test('where systemd runs the host, containers are machines of it in scopes of their own', isMachine, 'v1');
test('they are on a host with cgroup v2, too', isMachine, 'v2');
