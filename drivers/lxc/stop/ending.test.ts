import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import {
  DomainRebootFlagValues as Reboot,
  DomainShutdownFlagValues as Shutdown,
  DomainState as State,
  ErrorCode as Code,
} from '../../contract/constants.ts';
import type { DomainRef } from '../../contract/domain.ts';
import {
  Console,
  READY,
  cgroupsOf,
  defined,
  failure,
  isOff,
  running,
  started,
  state,
  tree,
} from '../testing/containers.ts';
import type { DomainXml } from '../testing/domain-xml.ts';
import { type DriverFixture, until } from '../testing/driver-fixture.ts';
import { canHang, HungMount } from '../../../native/launch/testing/hung-mount.ts';
import { where } from '../../../native/testing/where.ts';

test.after.always(() => tree.remove());

const { SHUTOFF, RUNNING } = State;

const CATCHES_TERM = 'trap "exit 0" TERM; echo UP; while :; do sleep 1000 & wait; done';
const DEAF = 'trap "" TERM HUP; echo UP; while :; do sleep 1000 & wait; done';

type Ask = (fixture: DriverFixture, ref: DomainRef) => Promise<void>;
const shutdown =
  (flags: number): Ask =>
  (fixture, ref) =>
    fixture.driver.domainShutdownFlags(ref, flags);

const stops = test.macro<[Partial<DomainXml>, string | undefined, Ask, string[], [number, number]]>({
  title: (title = '') => `stops: ${title}`,
  async exec(t, options, ready, ask, events, ended) {
    const fixture = await started(t);
    const ref = await running(fixture, options, ready);
    fixture.takeEvents('c');
    await ask(fixture, ref);
    await until('the container has stopped', isOff(fixture, ref));
    t.deepEqual(fixture.takeEvents('c'), events);
    t.deepEqual(state(fixture, ref), ended);
    t.deepEqual(readdirSync(fixture.file('run')), []);
  },
});
const bySelf: Ask = () => Promise.resolve();
const signal =
  (number: number): Ask =>
  (fixture, ref) =>
    fixture.driver.domainSendProcessSignal(ref, 1n, number, 0);

test('an init that listens to its pipe', stops, {}, READY, shutdown(0), ['5.0'], [SHUTOFF, 1]);
test('an init asked by its pipe', stops, {}, READY, shutdown(Shutdown.INITCTL), ['5.0'], [SHUTOFF, 1]);
test('an init asked by a signal', stops, {}, READY, shutdown(Shutdown.SIGNAL), ['5.0'], [SHUTOFF, 1]);
test('a program with a handler', stops, { script: CATCHES_TERM }, 'UP', shutdown(0), ['5.0'], [SHUTOFF, 1]);
test('a program that does not listen', stops, { script: DEAF }, 'UP', shutdown(0), ['5.0'], [SHUTOFF, 1]);
test(
  'a program that leaves all to the kernel',
  stops,
  { init: '/bin/sleep', os: '<initarg>1000</initarg>' },
  undefined,
  shutdown(Shutdown.SIGNAL),
  ['5.0'],
  [SHUTOFF, 1],
);
test(
  "busybox's own init",
  stops,
  { init: '/bin/init', os: '' },
  undefined,
  async (f, ref) => {
    await initIsReady(ref);
    await f.driver.domainShutdownFlags(ref, 0);
  },
  ['5.0'],
  [SHUTOFF, 1],
);
test('a program that exits', stops, { script: 'sleep 0.2; exit 3' }, undefined, bySelf, ['5.0'], [SHUTOFF, 1]);
test(
  'a container that powers off',
  stops,
  { script: 'sleep 0.2; poweroff -f' },
  undefined,
  bySelf,
  ['5.0'],
  [SHUTOFF, 1],
);
test(
  'a container that may not reboot',
  stops,
  { script: 'sleep 0.2; reboot -f', elements: '<on_reboot>destroy</on_reboot>' },
  undefined,
  bySelf,
  ['5.0'],
  [SHUTOFF, 1],
);
test('init killed by a signal that a client sends', stops, {}, READY, signal(9), ['5.2'], [SHUTOFF, 3]);
test(
  'a container that is suspended and destroyed',
  stops,
  {},
  READY,
  async (f, ref) => {
    await f.driver.domainSuspend(ref);
    await f.driver.domainDestroyFlags(ref, 0);
  },
  ['3.0', '5.1'],
  [SHUTOFF, 2],
);
test(
  'a container whose controller is killed',
  stops,
  {},
  READY,
  (_, ref) => {
    process.kill(ref.id, 'SIGKILL');
    return Promise.resolve();
  },
  ['5.5'],
  [SHUTOFF, 6],
);

/** The pid of a container's init: its controller's only child. */
function initOf({ id }: DomainRef): number {
  return Number(readFileSync(`/proc/${id}/task/${id}/children`, 'utf8').trim().split(' ')[0]);
}

/** busybox's init has a handler by then, and waits for requests. */
const initIsReady = (ref: DomainRef): Promise<void> =>
  until('init has its handlers', () =>
    /^SigCgt:\t0*[1-9a-f]/m.test(readFileSync(`/proc/${initOf(ref)}/status`, 'latin1')),
  );

const restarts = test.macro<[Partial<DomainXml>, string | undefined, Ask]>({
  title: (title = '') => `comes back: ${title}`,
  async exec(t, options, ready, ask) {
    const fixture = await started(t);
    const ref = await running(fixture, options, ready);
    t.deepEqual(fixture.takeEvents('c'), ['2.0']);
    await ask(fixture, ref);
    const { driver } = fixture;
    await until('the container is back', () => driver.connectListDomains().some(id => id !== ref.id));
    t.not(driver.domainLookupByName('c').id, ref.id);
    t.deepEqual(state(fixture, ref), [RUNNING, 1]);
    await driver.domainDestroyFlags(ref, 0);
    t.deepEqual(fixture.takeEvents('c'), ['reboot', '5.1']);
  },
});
const reboot =
  (flags: number): Ask =>
  (fixture, ref) =>
    fixture.driver.domainReboot(ref, flags);
/** Does `script` in its first run only; /mnt is the container's own. */
const inFirstRun = (script: string): string => `[ -e /mnt/again ] && exec sleep 1000; touch /mnt/again; ${script}`;

test('an init that is asked for it', restarts, {}, READY, reboot(0));
test('an init asked by its pipe for it', restarts, {}, READY, reboot(Reboot.INITCTL));
test('a program that is asked for it', restarts, { script: CATCHES_TERM }, 'UP', reboot(0));
test('a deaf program', restarts, { script: DEAF }, 'UP', reboot(0));
test("busybox's init", restarts, { init: '/bin/init', os: '' }, undefined, async (f, ref) => {
  await initIsReady(ref);
  await f.driver.domainReboot(ref, 0);
});
test('a program told by SIGHUP', restarts, { script: 'echo UP; exec sleep 1000' }, 'UP', reboot(Reboot.SIGNAL));
for (const [name, script, element] of [
  ['a container that reboots', 'reboot -f', ''],
  ['one to be restarted when it powers off', 'poweroff -f', '<on_poweroff>restart</on_poweroff>'],
  ['one to be restarted when it ends', 'exit 1', '<on_poweroff>restart</on_poweroff>'],
  ['one to be restarted when it crashes', 'sleep 1000', '<on_crash>restart</on_crash>'],
] as const)
  test(`comes back: ${name}`, async t => {
    const fixture = await started(t);
    const own = join(fixture.paths.root ?? '', 'own');
    mkdirSync(own);
    const devices = `<filesystem type='mount'><source dir='${own}'/><target dir='/mnt'/></filesystem>`;
    const ref = await running(fixture, { script: inFirstRun(`sleep 0.2; ${script}`), devices, elements: element });
    if (script === 'sleep 1000') await signal(11)(fixture, ref).then(() => signal(9)(fixture, ref));
    await until('the container is back', () => !fixture.driver.connectListDomains().every(id => id === ref.id));
    t.deepEqual(fixture.takeEvents('c'), ['2.0', 'reboot']);
  });

test('a container that ends at once is not restarted for ever', async t => {
  const fixture = await started(t);
  const ref = await running(fixture, { script: 'exit 1', elements: '<on_poweroff>restart</on_poweroff>' });
  await until('it is given up', isOff(fixture, ref));
  const events = fixture.takeEvents('c');
  t.is(events.at(-1), '5.0');
  t.is(events.filter(event => event === 'reboot').length, 10);
});

test('an initctl pipe that leads out of the container is not written to', async t => {
  const fixture = await started(t);
  const outside = join(fixture.paths.root ?? '', 'outside');
  execFileSync('mkfifo', [outside]);
  const script = `ln -s ${outside} /run/initctl; trap "exit 0" TERM; echo UP; while :; do sleep 1000 & wait; done`;
  const ref = await running(fixture, { script }, 'UP');
  const reader = execFileSync('sh', ['-c', `exec 9<>${outside}; echo opened`], { encoding: 'utf8' });
  t.is(reader.trim(), 'opened');
  const error = await failure(() => fixture.driver.domainShutdownFlags(ref, Shutdown.INITCTL));
  t.deepEqual(
    [error.code, error.message],
    [Code.OPERATION_UNSUPPORTED, 'Operation not supported: Container does not provide an initctl pipe'],
  );
});

test('a device in place of an initctl pipe is not opened', async t => {
  const device = join(tree.path, 'etc/.initctl');
  execFileSync('mknod', [device, 'c', '10', '250']);
  t.teardown(() => rmSync(device));
  const fixture = await started(t);
  const ref = await running(fixture, { script: CATCHES_TERM }, 'UP');
  const error = await failure(() => fixture.driver.domainShutdownFlags(ref, Shutdown.INITCTL));
  t.is(error.code, Code.OPERATION_UNSUPPORTED);
});

test('a killed controller leaves no cgroup behind', async t => {
  const fixture = await started(t);
  const ref = await running(fixture);
  process.kill(ref.id, 'SIGKILL');
  await until('it has stopped', isOff(fixture, ref));
  t.deepEqual(cgroupsOf(fixture), []);
});

test('a client at a console gets the last words of a container', async t => {
  const fixture = await started(t);
  const script = 'stty -echo; echo UP; read go; yes 0123456789 | head -c 100000';
  const ref = await running(fixture, { script }, 'UP');
  const stream = await fixture.driver.domainOpenConsole(ref, null, 0);
  const console = new Console(stream);
  console.write('go\n');
  await until('the console has ended', () => console.ended);
  t.is(console.text, '0123456789\r\n'.repeat(9090) + '0123456789');
});

const withFuse = where(canHang, '/dev/fuse');
withFuse('a start that waits for its source is ended by destroy, and keeps nobody waiting', async t => {
  await using hung = await HungMount.make();
  const fixture = await started(t);
  const devices = `<filesystem type='mount'><source dir='${hung.path}'/><target dir='/mnt/hung'/></filesystem>`;
  const ref = await defined(fixture, { devices, readonly: true });
  const starting = failure(() => fixture.start(ref));
  await until('it has a cgroup', () => cgroupsOf(fixture).length > 0);
  await fixture.driver.domainDestroyFlags(ref, 0);
  t.is((await starting).code, Code.OPERATION_FAILED);
  t.deepEqual(state(fixture, ref), [SHUTOFF, 6]);
  t.deepEqual([readdirSync(fixture.file('run')), cgroupsOf(fixture)], [[], []]);
});

/** Notes each run in /mnt, which is the container's own. */
const COUNTS = 'echo run >> /mnt/runs; trap "sleep 0.3; exit 0" TERM; echo UP; while :; do sleep 1000 & wait; done';
const REBOOTS = COUNTS.replace('exit 0', 'reboot -f');
/** Takes so long in a phase of the second start, or before it, once it is told which; says when it has got there. */
const SLOW_HOOK =
  '#!/bin/sh\ncd "$(dirname "$0")"\n[ "$2" = "$(cat phase 2>/dev/null)" ] || exit 0\ntouch reached\nexec sleep "$(cat seconds)"\n';

interface Slowly {
  readonly phase: string;
  readonly seconds: number;
}

const beatsReboot = test.macro<[string, Slowly | null, Ask, string]>({
  title: (title = '') => `beats a reboot: ${title}`,
  async exec(t, script, slowly, ask, event) {
    const fixture = await started(t, ({ etc }) => {
      mkdirSync(join(etc, 'hooks'), { recursive: true });
      writeFileSync(join(etc, 'hooks/lxc'), SLOW_HOOK, { mode: 0o755 });
    });
    const [own, hooks] = [join(fixture.paths.root ?? '', 'own'), join(fixture.paths.etc, 'hooks')];
    mkdirSync(own);
    const devices = `<filesystem type='mount'><source dir='${own}'/><target dir='/mnt'/></filesystem>`;
    const ref = await running(fixture, { script, devices }, 'UP');
    fixture.takeEvents('c');
    if (slowly !== null) {
      writeFileSync(join(hooks, 'seconds'), String(slowly.seconds));
      writeFileSync(join(hooks, 'phase'), slowly.phase);
    }
    await fixture.driver.domainReboot(ref, 0);
    if (slowly !== null) await until('the hook script runs', () => existsSync(join(hooks, 'reached')));
    rmSync(join(hooks, 'phase'), { force: true });
    await ask(fixture, ref);
    await until('the container has stopped', isOff(fixture, ref));
    t.deepEqual(fixture.takeEvents('c'), [event]);
    t.is(readFileSync(join(own, 'runs'), 'utf8'), 'run\n');
    t.deepEqual([readdirSync(fixture.file('run')), cgroupsOf(fixture)], [[], []]);
  },
});
const destroy: Ask = (fixture, ref) => fixture.driver.domainDestroyFlags(ref, 0);
test('a shutdown while it stops', beatsReboot, COUNTS, null, shutdown(0), '5.0');
test('a shutdown of one that reboots all the same', beatsReboot, REBOOTS, null, shutdown(0), '5.0');
test('a shutdown once it has ended', beatsReboot, COUNTS, { phase: 'stopped', seconds: 0.5 }, shutdown(0), '5.0');
test('a shutdown on its way back', beatsReboot, COUNTS, { phase: 'prepare', seconds: 1000 }, shutdown(0), '5.0');
test('a destroy while it stops', beatsReboot, COUNTS, null, destroy, '5.1');
test('a destroy on its way back', beatsReboot, COUNTS, { phase: 'prepare', seconds: 1000 }, destroy, '5.1');

test('of a shutdown and a reboot the last one counts', async t => {
  const fixture = await started(t);
  const ref = await running(fixture, { script: CATCHES_TERM.replace('exit 0', 'sleep 0.3; reboot -f') }, 'UP');
  await fixture.driver.domainShutdownFlags(ref, 0);
  await fixture.driver.domainReboot(ref, 0);
  await until('the container is back', () => fixture.driver.connectListDomains().some(id => id !== ref.id));
  t.deepEqual(fixture.takeEvents('c'), ['2.0', 'reboot']);
});

const isAsked = test.macro<[Partial<DomainXml>, string | undefined, string, RegExp]>({
  title: (title = '') => `the domain's log says how a container is asked to stop: ${title}`,
  async exec(t, options, ready, request, way) {
    const fixture = await started(t);
    const ref = await running(fixture, options, ready);
    if (options.init !== undefined) await initIsReady(ref);
    if (request === 'reboot') await fixture.driver.domainReboot(ref, 0);
    else await fixture.driver.domainShutdownFlags(ref, 0);
    const log = readFileSync(fixture.file('log', 'c.log'), 'utf8');
    t.regex(log, new RegExp(`: asked for ${request} by ${way.source}; time limit 90 s$`, 'm'));
  },
});
test('a pipe', isAsked, {}, READY, 'shutdown', /the pipe of its init \(run level 0\)/);
test('a pipe, to reboot', isAsked, {}, READY, 'reboot', /the pipe of its init \(run level 6\)/);
test('a handler', isAsked, { script: CATCHES_TERM }, 'UP', 'shutdown', /SIGTERM/);
test(
  'nobody',
  isAsked,
  { script: 'echo UP; exec sleep 1000' },
  'UP',
  'shutdown',
  /SIGKILL, as it has no handler for SIGTERM/,
);
test('busybox', isAsked, { init: '/bin/init', os: '' }, undefined, 'shutdown', /SIGUSR2, as its init system wants it/);
