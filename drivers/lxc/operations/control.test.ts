import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { ErrorCode } from '../../contract/constants.ts';
import type { DomainRef } from '../../contract/domain.ts';
import type { LxcDriver } from '../driver.ts';
import { Console, defined, running, started, state, tree, xml, isOff } from '../testing/containers.ts';
import { until } from '../testing/driver-fixture.ts';

const LIVE = 1;
const CONFIG = 2;
const [POWEROFF, REBOOT, CRASH] = [0, 1, 2] as const;
const [DESTROY, RESTART, PRESERVE, COREDUMP] = [0, 1, 3, 4] as const;
const COMPLETED = 1;

test.after.always('the tree is gone', () => tree.remove());

test('a domain gets another name, on disk and in every list, and keeps all else', async t => {
  const fixture = await started(t);
  const { driver } = fixture;
  const ref = await defined(fixture, { elements: '<description>kept</description>' });
  await driver.domainSetAutostart(ref, true);
  await driver.domainRename(ref, 'größer', 0);
  t.deepEqual(fixture.takeEvents('c'), ['1.1']);
  t.deepEqual(fixture.takeEvents('größer'), ['0.2']);
  t.deepEqual(readdirSync(fixture.file('etc')), ['autostart', 'größer.xml']);
  t.deepEqual(readdirSync(fixture.file('etc', 'autostart')), ['größer.xml']);
  t.throws(() => driver.domainLookupByName('c'), { code: ErrorCode.NO_DOMAIN });
  await fixture.restart();
  const renamed = fixture.driver.domainLookupByName('größer');
  t.is(renamed.uuid, ref.uuid);
  t.true(fixture.driver.domainGetAutostart(renamed));
  t.regex(fixture.driver.domainGetXmlDesc(renamed, 0), /<name>größer<\/name>[^]*<description>kept</);
  await fixture.start(renamed);
  t.true(fixture.driver.domainIsActive(ref));
});

test('a domain whose new name cannot be stored keeps the old one', async t => {
  const fixture = await started(t);
  const ref = await defined(fixture);
  const long = 'n'.repeat(300);
  await t.throwsAsync(fixture.driver.domainRename(ref, long, 0), { code: ErrorCode.SYSTEM_ERROR });
  t.is(fixture.driver.domainLookupByName('c').uuid, ref.uuid);
  t.throws(() => fixture.driver.domainLookupByName(long), { code: ErrorCode.NO_DOMAIN });
  t.deepEqual(readdirSync(fixture.file('etc')), ['autostart', 'c.xml']);
  await fixture.driver.domainUndefineFlags(ref, 0);
});

test('a container that is reset starts again at once, as it was, and is told of as a reboot', async t => {
  const fixture = await started(t);
  const { driver } = fixture;
  const ref = await running(fixture, { elements: '<on_reboot>destroy</on_reboot>' });
  await driver.domainSetMemoryFlags(ref, 40000n, LIVE);
  await driver.domainSuspend(ref);
  fixture.takeEvents('c');
  await driver.domainReset(ref, 0);
  t.deepEqual(fixture.takeEvents('c'), ['reboot']);
  t.deepEqual(state(fixture, ref), [1, 1]);
  t.not(driver.domainLookupByName('c').id, ref.id);
  t.regex(driver.domainGetXmlDesc(ref, 0), /<currentMemory unit='KiB'>40000</);
  t.regex(driver.domainGetXmlDesc(ref, 2), /<currentMemory unit='KiB'>65536</);
});

test('a domain that cannot start any more is shut off by its reset', async t => {
  const fixture = await started(t);
  const ref = await running(fixture);
  const hook = fixture.file('etc', '..', 'hooks', 'lxc');
  mkdirSync(fixture.file('etc', '..', 'hooks'), { recursive: true });
  writeFileSync(hook, '#!/bin/sh\n[ "$2" != prepare ]\n', { mode: 0o755 });
  fixture.takeEvents('c');
  await t.throwsAsync(fixture.driver.domainReset(ref, 0), { code: ErrorCode.HOOK_SCRIPT_FAILED });
  t.deepEqual(fixture.takeEvents('c'), ['5.5']);
  t.false(fixture.driver.domainIsActive(ref));
});

test('what is to become of a running container at its end can be changed, now or from the next start', async t => {
  const fixture = await started(t);
  const { driver } = fixture;
  const ref = await running(fixture, { init: '/bin/sh' });
  await driver.domainSetLifecycleAction(ref, POWEROFF, RESTART, LIVE);
  await driver.domainSetLifecycleAction(ref, CRASH, RESTART, CONFIG);
  t.regex(driver.domainGetXmlDesc(ref, 0), /<on_poweroff>restart<[^]*<on_crash>destroy</);
  t.regex(driver.domainGetXmlDesc(ref, 2), /<on_poweroff>destroy<[^]*<on_crash>restart</);
  const exit = async (): Promise<void> => {
    const console = new Console(await driver.domainOpenConsole(ref, null, 0));
    console.write('exit 0\n');
    await until('the console ends', () => console.ended);
    await console.close();
  };
  fixture.takeEvents('c');
  await exit();
  await until('it has come back', () => fixture.takeEvents('c').includes('reboot'));
  // a change while it ran outlives the restart
  await driver.domainSetLifecycleAction(ref, POWEROFF, DESTROY, LIVE);
  await exit();
  await until('it is off', isOff(fixture, ref));
});

test('questions about jobs, messages, labels and the way to the container are answered', async t => {
  const fixture = await started(t);
  const { driver } = fixture;
  const ref = await running(fixture);
  t.deepEqual(await driver.domainGetControlInfo(ref, 0), { state: 0, details: 0, stateTime: 0n });
  t.deepEqual(await driver.domainGetJobStats(ref, 0), { type: 0, params: [] });
  t.deepEqual(await driver.domainGetMessages(ref, 0), []);
  const { label } = await driver.domainGetSecurityLabel(ref);
  t.deepEqual(
    (await driver.domainGetSecurityLabelList(ref)).map(entry => entry.label),
    label === '' ? [] : [label],
  );
  await t.throwsAsync(driver.domainAbortJobFlags(ref, 0), { message: /no job is active on the domain$/ });
});

type Action = (driver: LxcDriver, ref: DomainRef) => Promise<unknown>;
const { OPERATION_INVALID, INVALID_ARG, CONFIG_UNSUPPORTED, XML_ERROR } = ErrorCode;

const refusals: readonly [string, 'running' | 'stored' | 'transient', Action, ErrorCode, RegExp][] = [
  [
    'a new name while it runs',
    'running',
    (d, ref) => d.domainRename(ref, 'x', 0),
    OPERATION_INVALID,
    /cannot rename active domain$/,
  ],
  [
    'its own name',
    'stored',
    (d, ref) => d.domainRename(ref, 'c', 0),
    OPERATION_INVALID,
    /Can't rename domain to itself$/,
  ],
  [
    'the name of another',
    'stored',
    (d, ref) => d.domainRename(ref, 'other', 0),
    OPERATION_INVALID,
    /domain with name 'other' already exists$/,
  ],
  ['a path', 'stored', (d, ref) => d.domainRename(ref, '../x', 0), XML_ERROR, /name \.\.\/x cannot contain '\/'$/],
  [
    'control characters',
    'stored',
    (d, ref) => d.domainRename(ref, 'a\x1b[1m', 0),
    XML_ERROR,
    /cannot hold control characters$/,
  ],
  [
    'unknown flags of a new name',
    'stored',
    (d, ref) => d.domainRename(ref, 'x', 1),
    INVALID_ARG,
    /^unsupported flags \(0x1\) in/,
  ],
  [
    'a reset of one that does not run',
    'stored',
    (d, ref) => d.domainReset(ref, 0),
    OPERATION_INVALID,
    /domain is not running$/,
  ],
  [
    'to be preserved',
    'stored',
    (d, ref) => d.domainSetLifecycleAction(ref, CRASH, PRESERVE, 0),
    CONFIG_UNSUPPORTED,
    /'crash' doesn't support 'preserve' action$/,
  ],
  [
    'to be dumped',
    'stored',
    (d, ref) => d.domainSetLifecycleAction(ref, CRASH, COREDUMP, 0),
    CONFIG_UNSUPPORTED,
    /doesn't support 'coredump-destroy' action$/,
  ],
  [
    'an unknown event',
    'stored',
    (d, ref) => d.domainSetLifecycleAction(ref, 7, DESTROY, 0),
    INVALID_ARG,
    /unknown lifecycle event 7$/,
  ],
  [
    'an unknown action',
    'stored',
    (d, ref) => d.domainSetLifecycleAction(ref, REBOOT, 9, 0),
    INVALID_ARG,
    /unknown lifecycle action 9$/,
  ],
  [
    'a lasting action of a transient one',
    'transient',
    (d, ref) => d.domainSetLifecycleAction(ref, REBOOT, DESTROY, CONFIG),
    OPERATION_INVALID,
    /any persistent config$/,
  ],
  [
    'control of one that does not run',
    'stored',
    (d, ref) => d.domainGetControlInfo(ref, 0),
    OPERATION_INVALID,
    /domain is not running$/,
  ],
  [
    'jobs of one that does not run',
    'stored',
    (d, ref) => d.domainGetJobStats(ref, 0),
    OPERATION_INVALID,
    /domain is not running$/,
  ],
];

const refused = test.macro(
  async (t, kind: 'running' | 'stored' | 'transient', action: Action, code: ErrorCode, message: RegExp) => {
    const fixture = await started(t);
    const { driver, caller } = fixture;
    await driver.domainDefineXmlFlags(xml({ name: 'other' }), 0);
    const ref =
      kind === 'transient'
        ? await driver.domainCreateXml(caller, xml(), [], 0)
        : kind === 'stored'
          ? await defined(fixture)
          : await running(fixture);
    const before = driver.domainGetXmlDesc(ref, 0);
    await t.throwsAsync(action(driver, ref), { code, message });
    t.is(driver.domainGetXmlDesc(ref, 0), before);
  },
);
for (const [name, kind, action, code, message] of refusals)
  test(`refused: ${name}`, refused, kind, action, code, message);

test('jobs that have ended may be asked for of one that does not run', async t => {
  const fixture = await started(t);
  const ref = await defined(fixture);
  t.deepEqual(await fixture.driver.domainGetJobStats(ref, COMPLETED), { type: 0, params: [] });
  t.deepEqual(await fixture.driver.domainGetSecurityLabelList(ref), []);
});
