import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, fstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import {
  DomainCreateFlags as Create,
  DomainRebootFlagValues as Reboot,
  DomainShutdownFlagValues as Shutdown,
  DomainState as State,
  ErrorCode as Code,
} from '../contract/constants.ts';
import type { DomainRef } from '../contract/domain.ts';
import { LibvirtError } from '../contract/error.ts';
import { detectHierarchies } from '../../native/cgroup/hierarchies.ts';
import { closeQuietly, pipe } from '../../native/ffi/libc.ts';
import { BusyboxTree } from './testing/busybox-tree.ts';
import { DriverFixture, TestCaller, until } from './testing/driver-fixture.ts';
import { domainXml, type DomainXml } from './testing/domain-xml.ts';

const tree = new BusyboxTree();
/** An ext4 filesystem in a file. */
const image = join(tree.path, 'image');
execFileSync('truncate', ['--size', '4M', image]);
execFileSync('mkfs.ext4', ['-q', image]);
test.after.always(() => tree.remove());

const READY = 'BUSYBOX-CONTAINER-READY';
const { SHUTOFF, RUNNING, PAUSED } = State;

async function started(
  t: ExecutionContext,
  ...prepare: Parameters<typeof DriverFixture.start>
): Promise<DriverFixture> {
  const fixture = await DriverFixture.start(...prepare);
  t.teardown(() => fixture.remove());
  return fixture;
}

const xml = (options: Partial<DomainXml> = {}): string => domainXml({ name: 'c', root: tree.path, ...options });

async function defined(fixture: DriverFixture, options: Partial<DomainXml> = {}): Promise<DomainRef> {
  const ref = await fixture.driver.domainDefineXmlFlags(xml(options), 0);
  fixture.takeEvents(ref.name);
  return ref;
}

/** A defined domain that runs, once its console has said `ready`. */
async function running(fixture: DriverFixture, options: Partial<DomainXml> = {}, ready?: string): Promise<DomainRef> {
  const ref = await fixture.start(await defined(fixture, options));
  if (ready !== undefined) await said(fixture, ref, ready);
  return ref;
}

async function said(fixture: DriverFixture, ref: DomainRef, text: string): Promise<void> {
  const console = new Console(await fixture.driver.domainOpenConsole(ref, null, 0));
  await console.until(text);
  await console.close();
}

class Console {
  text = '';
  ended = false;
  readonly #stream: Duplex;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => (this.text += chunk.toString('latin1')));
    stream.on('end', () => (this.ended = true));
  }

  write(text: string): void {
    this.#stream.write(text);
  }

  async until(text: string): Promise<void> {
    await until(`the console says ${text}`, () => this.text.includes(text));
  }

  async close(): Promise<void> {
    if (this.#stream.closed) return;
    this.#stream.destroy();
    await once(this.#stream, 'close');
  }
}

async function failure(action: () => Promise<unknown>): Promise<LibvirtError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof LibvirtError) return error;
    throw error;
  }
  throw new Error('Nothing was refused');
}

const state = (fixture: DriverFixture, ref: DomainRef): [number, number] => {
  const { state, reason } = fixture.driver.domainGetState(ref, 0);
  return [state, reason];
};

const isOff = (fixture: DriverFixture, ref: DomainRef) => (): boolean => !fixture.driver.domainIsActive(ref);

test('a container is started, seen, destroyed, and leaves nothing', async t => {
  const fixture = await started(t);
  const { driver } = fixture;
  const ref = await running(fixture, {}, READY);
  t.deepEqual(fixture.takeEvents('c'), ['2.0']);
  t.true(ref.id > 1);
  t.deepEqual(driver.connectListDomains(), [ref.id]);
  t.deepEqual(driver.domainLookupById(ref.id), ref);
  t.is(driver.activeCount(), 1);
  t.deepEqual(state(fixture, ref), [RUNNING, 1]);
  t.is(readFileSync(fixture.file('run', 'c.pid'), 'utf8').trim(), String(ref.id));
  const info = await driver.domainGetInfo(ref);
  t.is(info.maxMemory, 65536n);
  t.true(info.memory > 0n && info.memory < 65536n);
  t.true(info.cpuTime > 0n);
  const document = driver.domainGetXmlDesc(ref, 0);
  t.true(document.startsWith(`<domain type='lxc' id='${ref.id}'>`));
  t.regex(document, /<console type='pty' tty='\/dev\/pts\/\d+'>/);
  t.true(document.includes("<alias name='console0'/>"));
  t.false(driver.domainGetXmlDesc(ref, 2).includes('alias'));
  const again = await failure(() => fixture.start(ref));
  t.deepEqual(
    [again.code, again.message],
    [Code.OPERATION_INVALID, 'Requested operation is not valid: Domain is already running'],
  );
  await driver.domainDestroyFlags(ref, 0);
  t.deepEqual(fixture.takeEvents('c'), ['5.1']);
  t.deepEqual(state(fixture, ref), [SHUTOFF, 2]);
  t.deepEqual(driver.connectListDomains(), []);
  t.deepEqual(readdirSync(fixture.file('run')), []);
  await until('the controller is gone', () => !existsSync(`/proc/${ref.id}`));
  t.is(driver.domainGetXmlDesc(ref, 0), driver.domainGetXmlDesc(ref, 2));
  t.deepEqual(fixture.complaints, []);
});

test('a transient domain is there while it runs', async t => {
  const fixture = await started(t);
  const ref = await fixture.driver.domainCreateXml(fixture.caller, xml(), [], 0);
  t.false(fixture.driver.domainIsPersistent(ref));
  t.deepEqual(readdirSync(fixture.file('etc')), ['autostart']);
  const again = await failure(() => fixture.driver.domainCreateXml(fixture.caller, xml({ uuid: ref.uuid }), [], 0));
  t.is(again.message, "Requested operation is not valid: domain 'c' is already active");
  const undefine = await failure(() => fixture.driver.domainUndefineFlags(ref, 0));
  t.is(undefine.message, 'Requested operation is not valid: Cannot undefine transient domain');
  await fixture.driver.domainDestroyFlags(ref, 0);
  t.deepEqual(fixture.takeEvents('c'), ['2.0', '5.1']);
  t.deepEqual(fixture.driver.connectListAllDomains(0), []);
});

test('a transient domain that fails to start is not there', async t => {
  const fixture = await started(t);
  await failure(() => fixture.driver.domainCreateXml(fixture.caller, xml({ init: '/nope' }), [], 0));
  t.deepEqual(fixture.driver.connectListAllDomains(0), []);
  t.deepEqual(fixture.events, []);
});

test('a running domain that is undefined becomes transient, and persistent when it is defined again', async t => {
  const fixture = await started(t);
  const { driver } = fixture;
  const ref = await running(fixture);
  await driver.domainSetAutostart(ref, true);
  await driver.domainUndefineFlags(ref, 0);
  t.false(driver.domainIsPersistent(ref));
  t.false(driver.domainGetAutostart(ref));
  t.true(driver.domainIsActive(ref));
  const autostart = await failure(() => driver.domainSetAutostart(ref, true));
  t.is(autostart.message, 'Requested operation is not valid: Cannot set autostart for transient domain');
  const lasting = await failure(() => driver.domainSetMetadata(ref, 1, 't', null, null, 2));
  t.is(lasting.message, 'Requested operation is not valid: transient domains do not have any persistent config');
  await driver.domainDefineXmlFlags(xml({ uuid: ref.uuid }), 0);
  t.true(driver.domainIsPersistent(ref));
  await driver.domainDestroyFlags(ref, 0);
  t.deepEqual(fixture.takeEvents('c'), ['2.0', '1.0', '0.1', '5.1']);
  t.is(driver.connectNumOfDefinedDomains(), 1);
});

test('a definition of a running domain is for its next start', async t => {
  const fixture = await started(t);
  const { driver } = fixture;
  const ref = await running(fixture);
  await driver.domainDefineXmlFlags(xml({ uuid: ref.uuid, memory: 70000 }), 0);
  t.true(driver.domainGetXmlDesc(ref, 0).includes("<memory unit='KiB'>65536<"));
  t.true(driver.domainGetXmlDesc(ref, 2).includes("<memory unit='KiB'>70000<"));
  await driver.domainDestroyFlags(ref, 0);
  t.true(driver.domainGetXmlDesc(ref, 0).includes("<memory unit='KiB'>70000<"));
});

test('a persistent domain created from another document goes back to its own', async t => {
  const fixture = await started(t);
  const { driver } = fixture;
  const ref = await defined(fixture);
  await driver.domainCreateXml(fixture.caller, xml({ uuid: ref.uuid, memory: 70000 }), [], 0);
  t.true(driver.domainIsPersistent(ref));
  t.true(driver.domainGetXmlDesc(ref, 0).includes("<memory unit='KiB'>70000<"));
  t.true(driver.domainGetXmlDesc(ref, 2).includes("<memory unit='KiB'>65536<"));
  await driver.domainDestroyFlags(ref, 0);
  t.true(driver.domainGetXmlDesc(ref, 0).includes("<memory unit='KiB'>65536<"));
});

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
    await until('init has its handlers', () =>
      /^SigCgt:\t0*[1-9a-f]/m.test(readFileSync(`/proc/${initOf(ref)}/status`, 'latin1')),
    );
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

test('a container is paused and goes on', async t => {
  const fixture = await started(t);
  const { driver } = fixture;
  const ref = await running(fixture, {}, READY);
  await driver.domainSuspend(ref);
  await driver.domainSuspend(ref);
  t.deepEqual(state(fixture, ref), [PAUSED, 1]);
  await driver.domainResume(ref);
  t.deepEqual(state(fixture, ref), [RUNNING, 5]);
  const again = await failure(() => driver.domainResume(ref));
  t.is(again.message, 'Requested operation is not valid: domain is already running');
  t.deepEqual(fixture.takeEvents('c'), ['2.0', '3.0', '4.0']);
});

test('only init can be signalled', async t => {
  const fixture = await started(t);
  const ref = await running(fixture);
  for (const pid of [0n, 2n, -1n]) {
    const error = await failure(() => fixture.driver.domainSendProcessSignal(ref, pid, 15, 0));
    t.deepEqual(
      [error.code, error.message],
      [Code.ARGUMENT_UNSUPPORTED, 'argument unsupported: Only the init process may be killed'],
    );
  }
});

const failsToStart = test.macro<[Partial<DomainXml>, Code, RegExp]>({
  title: (title = '') => `fails to start: ${title}`,
  async exec(t, options, code, text) {
    const fixture = await started(t);
    const ref = await defined(fixture, options);
    const error = await failure(() => fixture.start(ref));
    t.is(error.code, code);
    t.regex(error.message, text);
    t.deepEqual(state(fixture, ref), [SHUTOFF, 6]);
    t.deepEqual(fixture.takeEvents('c'), []);
    t.deepEqual(readdirSync(fixture.file('run')), []);
    t.true(readFileSync(fixture.file('log', `${ref.name}.log`), 'utf8').includes(error.message.split('\n')[0] ?? ''));
    t.deepEqual(cgroupsOf(fixture), []);
    t.is(fixture.driver.domainGetXmlDesc(ref, 0), fixture.driver.domainGetXmlDesc(ref, 2));
  },
});

function cgroupsOf({ paths }: DriverFixture): string[] {
  const { v1, unified } = detectHierarchies();
  return [...v1, ...(unified === null ? [] : [unified])].flatMap(mount => {
    const directory = join(mount, paths.cgroupParent, 'machine');
    return existsSync(directory) ? readdirSync(directory).filter(name => name.startsWith('lxc-')) : [];
  });
}
const device = (markup: string): Partial<DomainXml> => ({ devices: markup });
const { INTERNAL_ERROR, CONFIG_UNSUPPORTED, NO_NETWORK, SYSTEM_ERROR, NO_DOMAIN } = Code;

test(
  'no such program',
  failsToStart,
  { init: '/nope' },
  INTERNAL_ERROR,
  /^internal error: guest failed to start: cannot find init path '\/nope' relative to container root: no such file/,
);
test(
  'a program that cannot be executed',
  failsToStart,
  { init: '/etc/passwd' },
  INTERNAL_ERROR,
  /guest failed to start: .*\/etc\/passwd/,
);
test(
  'no such directory',
  failsToStart,
  { os: '<initdir>/nodir</initdir>' },
  INTERNAL_ERROR,
  /guest failed to start: .*\/nodir/,
);
test(
  'no such user',
  failsToStart,
  { os: '<inituser>nobodyx</inituser>' },
  INTERNAL_ERROR,
  /guest failed to start: .*nobodyx/,
);
test(
  'no such root',
  failsToStart,
  { root: '/lxvirtd-nowhere' },
  INTERNAL_ERROR,
  /guest failed to start: Failed to access '\/lxvirtd-nowhere'/,
);
test(
  'no such source',
  failsToStart,
  device("<filesystem type='mount'><source dir='/lxvirtd-nowhere'/><target dir='/mnt'/></filesystem>"),
  INTERNAL_ERROR,
  /guest failed to start: Failed to access '\/lxvirtd-nowhere'/,
);
test(
  'a filesystem of a kind that is not mounted',
  failsToStart,
  device("<filesystem type='volume'><source pool='p' volume='v'/><target dir='/mnt'/></filesystem>"),
  INTERNAL_ERROR,
  /unsupported configuration: Cannot mount filesystem type volume/,
);
test(
  'no such disk',
  failsToStart,
  device(
    "<disk type='block' device='disk'><source dev='/dev/lxvirtd-nowhere'/><target dev='sda' bus='virtio'/></disk>",
  ),
  INTERNAL_ERROR,
  /Unable to access \/dev\/lxvirtd-nowhere: No such file/,
);
test(
  'no such device',
  failsToStart,
  device("<hostdev mode='capabilities' type='misc'><source><char>/dev/lxvirtd-nowhere</char></source></hostdev>"),
  INTERNAL_ERROR,
  /Unable to access \/dev\/lxvirtd-nowhere: No such file/,
);
test(
  'no such network',
  failsToStart,
  device("<interface type='network'><source network='nonet'/></interface>"),
  NO_NETWORK,
  /^Network not found: no network with matching name 'nonet'$/,
);
test(
  'no such bridge',
  failsToStart,
  device("<interface type='bridge'><source bridge='lxnobr'/></interface>"),
  SYSTEM_ERROR,
  /^Unable to add bridge lxnobr port vnet\d+: No such device$/,
);
test(
  'no such host device',
  failsToStart,
  device("<interface type='direct'><source dev='lxnodev' mode='bridge'/></interface>"),
  SYSTEM_ERROR,
  /^Unable to get index for interface lxnodev: No such device$/,
);
test(
  'an interface of a kind for machines',
  failsToStart,
  device("<interface type='user'/>"),
  INTERNAL_ERROR,
  /^internal error: Unsupported network type user$/,
);
test(
  'a script for an interface',
  failsToStart,
  device("<interface type='ethernet'><script path='/bin/true'/></interface>"),
  CONFIG_UNSUPPORTED,
  /scripts are not supported on LXC network interfaces/,
);
test(
  'a timer that is none',
  failsToStart,
  { elements: "<clock offset='localtime'><timer name='pit'/></clock>" },
  INTERNAL_ERROR,
  /unsupported timer type \(name\) 'pit'/,
);
test(
  'an interface with a path for its name',
  failsToStart,
  device("<interface type='ethernet'><guest dev='../x'/></interface>"),
  CONFIG_UNSUPPORTED,
  /'\.\.\/x' is no name for a network interface/,
);
test('a name too long for a socket', failsToStart, { name: 'n'.repeat(100) }, Code.OPERATION_FAILED, /too long/);
test(
  'a partition that is no path',
  failsToStart,
  { elements: '<resource><partition>x</partition></resource>' },
  INTERNAL_ERROR,
  /Resource partition 'x' must start with '\/'/,
);
test(
  'a disk limit of no disk',
  failsToStart,
  { elements: '<blkiotune><device><path>/dev/lxnone</path><weight>500</weight></device></blkiotune>' },
  INTERNAL_ERROR,
  /Unable to access \/dev\/lxnone/,
);
test(
  'more consoles than there can be',
  failsToStart,
  { console: "<console type='pty'/>".repeat(100) },
  INTERNAL_ERROR,
  /guest failed to start: plan consoles/,
);
const shared = (what: string): Partial<DomainXml> => ({
  elements: `<lxc:namespace xmlns:lxc='http://libvirt.org/schemas/domain/lxc/1.0'>${what}</lxc:namespace>`,
});
test(
  'no such network namespace',
  failsToStart,
  shared("<lxc:sharenet type='netns' value='lxnons'/>"),
  SYSTEM_ERROR,
  /^failed to open netns lxnons: No such file/,
);
test(
  'a namespace outside of its directory',
  failsToStart,
  shared("<lxc:sharenet type='netns' value='../../proc/self/ns/net'/>"),
  CONFIG_UNSUPPORTED,
  /does not name a namespace/,
);
test(
  'the namespace of no domain',
  failsToStart,
  shared("<lxc:sharenet type='name' value='nodom'/>"),
  NO_DOMAIN,
  /No domain with matching name 'nodom'/,
);

const HOOK =
  '#!/bin/sh\nxml=$(cat)\necho "$@ $(echo "$xml" | head -1)" >> "$(dirname "$0")/calls"\n[ "$2" = "$(cat "$(dirname "$0")/refuse" 2>/dev/null)" ] || exit 0\necho "refused $2" >&2\nexit 3\n';

function withHook({ etc }: { etc: string }): void {
  mkdirSync(join(etc, 'hooks'), { recursive: true });
  writeFileSync(join(etc, 'hooks/lxc'), HOOK);
  chmodSync(join(etc, 'hooks/lxc'), 0o755);
}
const hookCalls = ({ paths }: DriverFixture): string[] =>
  readFileSync(join(paths.etc, 'hooks/calls'), 'utf8')
    .trim()
    .split('\n')
    .map(line => line.replace(/ <domain.*/, ''));

test('the hook script is told of every step', async t => {
  const fixture = await started(t, withHook);
  const ref = await running(fixture);
  await fixture.restart();
  await fixture.driver.domainDestroyFlags(ref, 0);
  t.deepEqual(hookCalls(fixture), [
    'c prepare begin -',
    'c start begin -',
    'c started begin -',
    'c reconnect begin -',
    'c stopped end -',
    'c release end -',
  ]);
  t.true(
    readFileSync(join(fixture.paths.etc, 'hooks/calls'), 'utf8').includes(
      `c started begin - <domain type='lxc' id='${ref.id}'>`,
    ),
  );
});

for (const phase of ['prepare', 'start', 'started'])
  test(`a hook script that fails in "${phase}" keeps the container from starting`, async t => {
    const fixture = await started(t, withHook);
    writeFileSync(join(fixture.paths.etc, 'hooks/refuse'), phase);
    const ref = await defined(fixture);
    const error = await failure(() => fixture.start(ref));
    t.is(error.code, Code.HOOK_SCRIPT_FAILED);
    t.regex(
      error.message,
      new RegExp(
        `^Hook script execution failed: internal error: Child process \\(LC_ALL=C PATH=.*/hooks/lxc c ${phase} begin -\\) unexpected exit status 3: refused ${phase}\n$`,
      ),
    );
    t.deepEqual(hookCalls(fixture).slice(-3), [`c ${phase} begin -`, 'c stopped end -', 'c release end -']);
    t.deepEqual(state(fixture, ref), [SHUTOFF, 6]);
    t.deepEqual(readdirSync(fixture.file('run')), []);
    t.deepEqual(fixture.takeEvents('c'), []);
  });

test('a domain can be destroyed while a hook script keeps its start waiting', async t => {
  const fixture = await started(t, ({ etc }) => {
    mkdirSync(join(etc, 'hooks'), { recursive: true });
    writeFileSync(join(etc, 'hooks/lxc'), '#!/bin/sh\n[ "$2" = start ] && exec sleep 1000\nexit 0\n');
    chmodSync(join(etc, 'hooks/lxc'), 0o755);
  });
  const ref = await defined(fixture);
  const start = failure(() => fixture.start(ref));
  await until('the start waits for the script', () => existsSync(fixture.file('log', `${ref.name}.log`)));
  await fixture.driver.domainDestroyFlags(ref, 0);
  t.is((await start).code, Code.OPERATION_FAILED);
  t.deepEqual(fixture.takeEvents('c'), []);
});

test('a client that ends takes its domain along', async t => {
  const fixture = await started(t);
  const caller = new TestCaller();
  const ref = await fixture.driver.domainCreateXml(caller, xml(), [], Create.START_AUTODESTROY);
  caller.leave();
  await until('the domain is gone', () => fixture.driver.connectListAllDomains(0).length === 0);
  t.deepEqual(fixture.takeEvents(ref.name), ['2.0', '5.1']);
});

test('a client whose daemon ended takes its domain along too', async t => {
  const fixture = await started(t);
  await fixture.driver.domainCreateXml(fixture.caller, xml(), [], Create.START_AUTODESTROY);
  await fixture.restart();
  t.deepEqual(fixture.driver.connectListAllDomains(0), []);
});

test('files of the client become those of init', async t => {
  const fixture = await started(t);
  const { readEnd, writeEnd } = pipe();
  const { ino } = fstatSync(readEnd, { bigint: true });
  const ref = await defined(fixture, { script: 'read line <&3; echo "got $line"; sleep 1000' });
  await fixture.driver.domainCreateWithFlags(fixture.caller, ref, [readEnd], 0);
  writeFileSync(writeEnd, 'through\n');
  closeQuietly(writeEnd);
  await said(fixture, ref, 'got through');
  t.not(inodeOf(readEnd), ino);
});

/** Null when the descriptor is closed; another test may have opened something by its number. */
function inodeOf(fd: number): bigint | null {
  try {
    return fstatSync(fd, { bigint: true }).ino;
  } catch {
    return null;
  }
}

test('a console is one user at a time, unless it is taken over', async t => {
  const fixture = await started(t);
  const { driver } = fixture;
  const ref = await running(fixture, { console: "<console type='pty'/><console type='pty'/>" });
  const first = new Console(await driver.domainOpenConsole(ref, null, 0));
  const busy = await failure(() => driver.domainOpenConsole(ref, 'console0', 0));
  t.deepEqual(
    [busy.code, busy.message],
    [Code.OPERATION_FAILED, 'operation failed: Active console session exists for this domain'],
  );
  await new Console(await driver.domainOpenConsole(ref, 'console1', 0)).close();
  const none = await failure(() => driver.domainOpenConsole(ref, 'console2', 0));
  t.is(none.message, "internal error: cannot find console device 'console2'");
  await first.until(READY);
  const second = new Console(await driver.domainOpenConsole(ref, null, 1));
  second.write('echo $((6 * 7))\n');
  await second.until('42');
  await driver.domainDestroyFlags(ref, 0);
  await until('the console has ended', () => second.ended);
  t.pass();
});

const seen = test.macro<[Partial<DomainXml>, string, RegExp]>({
  title: (title = '') => `inside: ${title}`,
  async exec(t, options, script, expected) {
    const fixture = await started(t);
    const ref = await running(fixture, { script: `${script}; echo; echo DONE; sleep 1000`, ...options });
    const console = new Console(await fixture.driver.domainOpenConsole(ref, null, 0));
    await console.until('DONE');
    await console.close();
    t.regex(console.text.replaceAll('\r', ''), expected);
  },
});
test(
  'the environment',
  seen,
  {
    uuid: '11111111-2222-3333-4444-555555555555',
    os: "<cmdline>quiet x</cmdline><initenv name='FOO'>bar baz</initenv>",
    console: "<console type='pty'/><console type='pty'/><console type='pty'/>",
  },
  "tr '\\000' '\\n' </proc/1/environ",
  /^PATH=\/bin:\/sbin\nTERM=linux\ncontainer=lxc-libvirt\nHOME=\/\ncontainer_uuid=11111111-2222-3333-4444-555555555555\ncontainer_ttys=pts\/1 pts\/2\nLIBVIRT_LXC_UUID=11111111-2222-3333-4444-555555555555\nLIBVIRT_LXC_NAME=c\nLIBVIRT_LXC_CMDLINE=quiet x\nFOO=bar baz\n/,
);
test('the host name', seen, { name: 'a b_c.d-e' }, 'hostname', /^abcd-e\n/);
test('its own processes alone', seen, {}, 'ls -d /proc/[0-9]* | wc -l', /^[234]\n/);
test('its own cgroup as the top', seen, {}, 'cut -d: -f3 /proc/self/cgroup | sort -u', /^\/\n\nDONE/);
test(
  'limits that it cannot lift',
  seen,
  {},
  `n=0; for f in $(find /sys/fs/cgroup -maxdepth 2 -name memory.max -o -maxdepth 2 -name memory.limit_in_bytes); do
     n=$((n + 1)); (echo 1073741824 > $f) 2>/dev/null && echo LIFTED; done; echo seen $n`,
  /^seen [1-9]/,
);
test('the capabilities of libvirt', seen, {}, 'grep CapBnd /proc/1/status', /CapBnd:\t0000..fdb[4-7]feffff\n/);
test(
  'only the capabilities that are allowed',
  seen,
  { elements: "<features><capabilities policy='deny'><chown state='on'/><kill state='on'/></capabilities></features>" },
  'grep CapBnd /proc/1/status',
  /CapBnd:\t0000000000000021\n/,
);
test('the directory', seen, { os: '<initdir>/mnt</initdir>' }, 'pwd', /^\/mnt\n/);
test(
  'a network of its own',
  seen,
  { elements: '<features><privnet/></features>' },
  'ls /sys/class/net; cat /sys/class/net/lo/operstate; touch /proc/sys/net/ipv4/ip_forward && echo writable',
  /^lo\nunknown\nwritable\n/,
);
test('the kernel as the host has set it', seen, {}, 'echo x > /proc/sys/kernel/hostname || echo kept', /kept\n/);
test(
  'its devices',
  seen,
  {},
  'for d in null zero full random urandom tty console tty1 ptmx stdin fd; do [ -e /dev/$d ] || echo missing $d; done; cat </dev/null && head -c 4 /dev/zero | wc -c',
  /^4\n/,
);
test('no other devices', seen, {}, 'mknod /dev/kmsg2 c 1 11 || echo refused', /refused\n/);
test(
  'users of its own',
  seen,
  {
    elements:
      "<idmap><uid start='0' target='100000' count='1000'/><gid start='0' target='100000' count='1000'/></idmap>",
  },
  'cat /proc/self/uid_map | tr -s " "; id -u; ls -ln /dev/null /dev/pts/0 | tr -s " " | cut -d" " -f3,4',
  /^ 0 100000 1000\n0\n0 0\n0 5\n/,
);

test(
  'a read-only root, and with it all that comes from the definition',
  seen,
  { readonly: true },
  'for f in /file /mnt/file /run/file /dev/file /dev/shm/file; do (echo x > $f) 2>/dev/null && echo $f; done; echo end',
  /^\/dev\/file\n\/dev\/shm\/file\nend\n/,
);
const withLoop = existsSync('/dev/loop-control') ? test : test.skip;
withLoop(
  'an image as a filesystem and as a disk (needs /dev/loop-control)',
  seen,
  {
    devices: `<filesystem type='file'><driver type='loop'/><source file='${image}'/><target dir='/mnt'/></filesystem>
      <disk type='file' device='disk'><driver name='loop' type='raw'/><source file='${image}'/><target dev='sda'/><readonly/></disk>`,
  },
  'stat -f -c %T /mnt; dd if=/dev/sda bs=1 skip=1080 count=2 2>/dev/null | od -An -tx1; echo x > /dev/sda || echo refused',
  /^ext2\/ext3\n 53 ef\n.*refused\n/s,
);
test(
  'a file and a directory of the host, and a place of its own elsewhere',
  seen,
  {
    devices: `<filesystem type='mount'><source dir='/etc/passwd'/><target dir='/etc/hostpasswd'/><readonly/></filesystem>
      <filesystem type='bind'><source dir='/run'/><target dir='/mnt'/></filesystem>`,
  },
  'grep -c ^root: /etc/hostpasswd; echo x 2>/dev/null >> /etc/hostpasswd || echo refused; touch /run/one; ls /mnt',
  /^1\n(?:.*\n)?refused\none\n/,
);

test('the root of the host is seen by a container without one', async t => {
  const fixture = await started(t);
  const marker = join(fixture.paths.root ?? '', 'marker');
  writeFileSync(marker, 'host file');
  const ref = await fixture.driver.domainDefineXmlFlags(
    domainXml({
      name: 'c',
      init: '/bin/sh',
      os: `<initarg>-c</initarg><initarg>cat ${marker}; mount -t tmpfs x /mnt; sleep 1000</initarg>`,
    }),
    0,
  );
  await fixture.start(ref);
  await said(fixture, ref, 'host file');
  t.false(readFileSync('/proc/self/mounts', 'utf8').includes(' /mnt tmpfs'));
  t.true(fixture.driver.domainGetXmlDesc(ref, 0).includes("<source dir='/'/>"));
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

test('running and paused containers are taken over by the next daemon', async t => {
  const fixture = await started(t);
  const a = await running(fixture, { name: 'a' }, READY);
  const b = await running(fixture, { name: 'b' });
  const transient = await fixture.driver.domainCreateXml(fixture.caller, xml({ name: 'x' }), [], 0);
  await fixture.driver.domainSuspend(b);
  const before = fixture.driver.domainGetXmlDesc(a, 0);
  await fixture.driver.domainDefineXmlFlags(xml({ name: 'a', uuid: a.uuid, memory: 70000 }), 0);
  await fixture.restart();
  const { driver } = fixture;
  t.deepEqual(new Set(driver.connectListDomains()), new Set([a.id, b.id, transient.id]));
  t.is(driver.domainGetXmlDesc(a, 0), before);
  t.true(driver.domainGetXmlDesc(a, 2).includes('70000'));
  t.deepEqual(state(fixture, b), [PAUSED, 1]);
  t.false(driver.domainIsPersistent(transient));
  fixture.events.splice(0);
  await driver.domainResume(b);
  await driver.domainShutdownFlags(a, 0);
  await until('a has stopped', isOff(fixture, a));
  t.deepEqual(fixture.takeEvents('a'), ['5.0']);
  t.deepEqual(fixture.takeEvents('b'), ['4.0']);
  t.deepEqual(fixture.complaints, []);
});

test('containers that ended without a daemon are found stopped', async t => {
  const fixture = await started(t, withHook);
  const ref = await running(fixture);
  const transient = await fixture.driver.domainCreateXml(fixture.caller, xml({ name: 'x' }), [], 0);
  fixture.events.splice(0);
  await fixture.restart(async () => {
    for (const { id } of [ref, transient]) process.kill(id, 'SIGKILL');
    await until('they are gone', () => [ref, transient].every(({ id }) => !existsSync(`/proc/${id}`)));
  });
  t.deepEqual(
    fixture.driver.connectListAllDomains(0).map(({ name }) => name),
    ['c'],
  );
  t.is(state(fixture, ref)[0], SHUTOFF);
  t.deepEqual(readdirSync(fixture.file('run')), []);
  t.true(hookCalls(fixture).includes('c release end -'));
  await fixture.start(ref);
  t.pass();
});

test('marked domains start once with the host', async t => {
  const fixture = await started(t);
  const a = await defined(fixture, { name: 'a' });
  const b = await defined(fixture, { name: 'b' });
  const broken = await defined(fixture, { name: 'broken', init: '/nope' });
  for (const ref of [a, broken]) await fixture.driver.domainSetAutostart(ref, true);
  await fixture.driver.autostart();
  t.true(fixture.driver.domainIsActive(a));
  t.false(fixture.driver.domainIsActive(b));
  t.is(fixture.complaints.length, 1);
  await fixture.driver.domainDestroyFlags(a, 0);
  await fixture.restart();
  await fixture.driver.autostart();
  t.false(fixture.driver.domainIsActive(a));
});

test('many containers start, and end, at once', async t => {
  const fixture = await started(t);
  const names = Array.from({ length: 40 }, (_, at) => `c${at}`);
  const refs = await Promise.all(names.map(name => defined(fixture, { name, script: 'sleep 1000' })));
  await Promise.all(refs.map(ref => fixture.start(ref)));
  t.is(fixture.driver.activeCount(), 40);
  await Promise.all(refs.map(ref => fixture.driver.domainDestroyFlags(ref, 0)));
  t.is(fixture.driver.activeCount(), 0);
  t.deepEqual(cgroupsOf(fixture), []);
});
