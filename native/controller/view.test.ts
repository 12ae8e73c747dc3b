import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { createCgroup, removeCgroups } from '../cgroup/create.ts';
import { detectHierarchies } from '../cgroup/hierarchies.ts';
import { makeBusyboxRoot, TestDirectory } from './testing/busybox-root.ts';
import { ConsoleReader } from './testing/console-reader.ts';
import { RunningContainer, scriptOutput } from './testing/run-container.ts';
import { testPlan, type PlanChange } from './testing/test-plan.ts';
import { where } from '../testing/where.ts';

const directory = new TestDirectory();
const root = makeBusyboxRoot(directory.path);
const hierarchies = detectHierarchies();
const parent = `/lxvirtd-view-test-${process.pid}`;
test.after.always(() => {
  directory[Symbol.dispose]();
  removeCgroups(hierarchies, parent);
});

const MIB = 1024n * 1024n;
const canShow = existsSync('/dev/fuse') && hierarchies.controllers.has('memory');
const withView = where(canShow, '/dev/fuse, or no memory controller');

/** A container in a memory cgroup of its own, with the view of it. */
function limited(t: ExecutionContext): PlanChange {
  const cgroup = createCgroup(hierarchies, {
    parent,
    partition: null,
    uuid: crypto.randomUUID(),
    name: 'view',
    owner: null,
  });
  cgroup.setMemoryLimit(128n * MIB);
  t.teardown(async () => {
    await cgroup.kill(30_000);
    cgroup.remove();
  });
  const place = cgroup.place('memory');
  if (place === null) throw new Error('There is no memory controller');
  return {
    taskFiles: cgroup.entry.taskFiles,
    unifiedDirectory: cgroup.entry.unifiedDirectory,
    memoryView: { target: '/proc/meminfo', unified: place.version === 2, directory: place.directory },
  };
}

/** The figures of a text, in KiB. */
const figures = (text: string): Map<string, number> =>
  new Map([...text.matchAll(/^(\S+): +(\d+)/gm)].map(([, name = '', value]) => [name, Number(value)]));

withView('a container sees the memory that it may have, line by line as the host', async t => {
  const script = 'head -c 20000000 /dev/zero > /tmp/filled; cat /proc/meminfo';
  const seen = figures(await scriptOutput(directory.path, script, limited(t)));
  const host = figures(readFileSync('/proc/meminfo', 'utf8'));
  t.deepEqual([...seen.keys()], [...host.keys()]);
  t.is(seen.get('MemTotal'), 128 * 1024);
  const free = seen.get('MemFree') ?? 0;
  t.true(free > 0 && free < 128 * 1024);
  t.true((seen.get('MemAvailable') ?? 0) >= free);
  t.true((seen.get('Cached') ?? 0) > 15_000);
  t.is(seen.get('Buffers'), 0);
});

withView('it is read by every way, and from any place', async t => {
  const script = `dd if=/proc/meminfo bs=1 count=8 2>/dev/null; echo; tail -c +10 /proc/meminfo | head -1;
    wc -l < /proc/meminfo; (echo x > /proc/meminfo) 2>&1; stat -c %a /proc/meminfo; head -c 1 < /proc/meminfo; echo`;
  const lines = (await scriptOutput(directory.path, script, limited(t))).split('\n');
  t.deepEqual([lines[0], lines[1]?.trim(), lines.at(-3), lines.at(-2)], ['MemTotal', '131072 kB', '444', 'M']);
  t.is(Number(lines[2]), readFileSync('/proc/meminfo', 'utf8').trim().split('\n').length);
  t.regex(lines[3] ?? '', /Read-only file system/);
});

withView('whoever asks without end, opens it often or is killed meanwhile is not in the way', async t => {
  const script = `i=3; while [ $i -lt 200 ]; do eval "exec $i</proc/meminfo"; i=$((i+1)); done 2>/dev/null
    for n in 1 2 3 4 5 6 7 8; do (while :; do cat /proc/meminfo; done) >/dev/null & done
    for n in 1 2 3 4 5 6 7 8 9; do cat /proc/meminfo >/dev/null & kill -9 $!; done
    echo READY; while read line; do echo "got $line"; done`;
  await using running = await RunningContainer.start(testPlan(root, script, limited(t)));
  using console = new ConsoleReader(running.console());
  await console.until(text => text.includes('READY'));
  console.write('one\n');
  await console.until(text => text.includes('got one'));
  const { controllerPid } = running.container;
  const [before, memory, begin] = [ticks(controllerPid), resident(controllerPid), performance.now()];
  console.write('two\n');
  await console.until(text => text.includes('got two'));
  await sleep(1000);
  const share = ((ticks(controllerPid) - before) * 10) / (performance.now() - begin);
  t.true(share < 0.5, `${share} of a CPU`);
  t.true(resident(controllerPid) - memory < 64);
});

/** Processor time of a process in clock ticks, 10 ms each. */
function ticks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

/** Its resident memory in KiB. */
function resident(pid: number): number {
  return Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

withView('of a cgroup that does not tell, figures of the host are shown', async t => {
  const memoryView = { target: '/proc/meminfo', unified: false, directory: join(directory.path, 'none') };
  const seen = figures(await scriptOutput(directory.path, 'cat /proc/meminfo', { memoryView }));
  t.is(seen.get('MemTotal'), figures(readFileSync('/proc/meminfo', 'utf8')).get('MemTotal'));
});
