import { spawnSync } from 'node:child_process';
import { chmodSync, closeSync, copyFileSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { ContainerFailed } from '../launch/container-failed.ts';
import { ControlledContainer } from '../launch/controlled-container.ts';
import { spawnController } from '../launch/spawn-controller.ts';
import { encodePlan } from '../plan/encode.ts';
import { MountAttribute } from '../plan/plan.ts';
import type { Plan } from '../plan/plan.ts';
import { seccompFilter } from '../plan/seccomp.ts';
import { makeBusyboxRoot, TestDirectory } from './testing/busybox-root.ts';
import { mutate } from './testing/mutate.ts';
import { standardOperations, testPlan } from './testing/test-plan.ts';

const ROUNDS = 60;

const directory = new TestDirectory();
const sandbox = join(directory.path, 'sandbox');
const controller = join(directory.path, 'controller');
const log = join(directory.path, 'log');
test.after.always(() => directory[Symbol.dispose]());

/**
 * A broken plan may name any path of what its controller takes for the host: so that is a tree in this test's directory,
 * with the sanitizers' libraries in it, read-only, and a few devices.
 */
const ENTER_SANDBOX = `#!/bin/sh
set -e
cd ${sandbox}
mount --make-rprivate /
mount --bind . .
cd ${sandbox}
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount --bind /usr usr
mount -o remount,ro,bind usr
mount -t devpts -o ptmxmode=666 devpts dev/pts
mount --bind /dev/null dev/null
pivot_root . mnt
umount -l /mnt
exec /controller "$@"
`;

function build(): void {
  const make = ['-C', import.meta.dirname, '-s', '-j2', 'sanitized', `OUT=${join(sandbox, 'controller')}`];
  const { status, stderr } = spawnSync('make', make, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

test.before(() => {
  makeBusyboxRoot(directory.path, 'sandbox');
  makeBusyboxRoot(sandbox, 'root');
  for (const path of ['usr', 'dev/pts']) mkdirSync(join(sandbox, path), { recursive: true });
  writeFileSync(join(sandbox, 'dev/null'), '');
  spawnSync('sh', ['-c', 'ln -s usr/lib lib; ln -s usr/lib64 lib64; ln -s pts/ptmx dev/ptmx'], { cwd: sandbox });
  build();
  writeFileSync(join(directory.path, 'enter'), ENTER_SANDBOX);
  writeFileSync(
    controller,
    `#!/bin/sh\nexec unshare --mount --net --ipc --uts sh ${join(directory.path, 'enter')} "$@"\n`,
  );
  chmodSync(controller, 0o755);
  copyFileSync('/dev/null', log);
});

/** Something of everything that is decoded. */
function richPlan(): Plan {
  const plan = testPlan('/root', 'exit 0');
  return {
    ...plan,
    namespaces: ['mount', 'uts', 'ipc', 'pid', 'net', 'user'],
    uidMap: [{ inside: 0, outside: 0, count: 65_536 }],
    gidMap: [{ inside: 0, outside: 0, count: 65_536 }],
    operations: [
      ...standardOperations(2),
      { do: 'hostname', name: 'fuzz' },
      { do: 'mkdir', path: '/tmp/a/b', mode: 0o755 },
      { do: 'symlink', path: '/tmp/link', target: 'a' },
      { do: 'touch', path: '/tmp/a/file' },
      { do: 'write', path: '/tmp/a/file', contents: 'text' },
      {
        do: 'bind',
        source: '/tmp',
        target: '/mnt',
        recursive: true,
        attributes: MountAttribute.READONLY,
        optional: true,
      },
      { do: 'mask', path: '/proc/timer_list' },
      {
        do: 'link',
        link: {
          name: 'lo',
          rename: null,
          mtu: 1500,
          addresses: [{ address: Uint8Array.of(10, 0, 0, 1), prefix: 24, peer: Uint8Array.of(10, 0, 0, 2) }],
          up: true,
        },
      },
      {
        do: 'route',
        route: { link: 'lo', destination: Uint8Array.of(10, 1, 0, 0), prefix: 16, gateway: null, metric: 3 },
      },
      { do: 'rlimit', resource: 7, soft: 100n, hard: 200n },
      { do: 'affinity', cpus: [0] },
      { do: 'oom-score', adjustment: 100 },
    ],
    init: { ...plan.init, user: 'alice', group: 'staff', seccomp: seccompFilter(['bpf']), noNewPrivileges: true },
  };
}

/** Has a controller take a document to whatever end it leads to; null: its program ran. */
async function failureOf(document: Buffer): Promise<ContainerFailed | null> {
  const fd = openSync(log, 'a');
  const spawned = spawnController(controller, 'fuzz', { log: fd, pass: [] });
  closeSync(fd);
  const { socket } = await spawned;
  const made = new ControlledContainer(socket);
  socket.write(document);
  try {
    const container = await made.created;
    await container.run();
    const exit = new Promise(resolve => container.onExit(resolve));
    container.kill();
    await exit;
    return null;
  } catch (error) {
    if (error instanceof ContainerFailed) return error;
    throw error;
  }
}

test.serial('the build with sanitizers makes a container of the plan as it is', async t => {
  t.timeout(120_000);
  t.is(await failureOf(encodePlan(richPlan())), null, readFileSync(log, 'utf8'));
});

test.serial('a broken plan is a failure that says where, and never breaks the controller', async t => {
  t.timeout(120_000);
  const document = encodePlan(richPlan());
  const steps = new Set<string>();
  for (let seed = 1; seed <= ROUNDS; seed += 1) {
    const failure = await failureOf(mutate(document, seed));
    if (failure !== null) {
      t.not(failure.step, 'controller died', `seed ${seed}: ${readFileSync(log, 'utf8').slice(-3000)}`);
      steps.add(failure.step);
    }
  }
  t.log([...steps].join(', '));
  t.true(steps.has('plan'));
  t.true(steps.size > 3);
  t.notRegex(readFileSync(log, 'utf8'), /Sanitizer|runtime error/);
});
