import { existsSync, fstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { DomainCreateFlags as Create, DomainState as State, ErrorCode as Code } from '../contract/constants.ts';
import { closeQuietly, pipe } from '../../native/ffi/libc.ts';
import {
  READY,
  Console,
  cgroupsOf,
  defined,
  failure,
  running,
  said,
  started,
  state,
  tree,
  xml,
} from './testing/containers.ts';
import { TestCaller, until } from './testing/driver-fixture.ts';

test.after.always(() => tree.remove());

const { SHUTOFF, RUNNING, PAUSED } = State;

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

test('a client that ends takes its domain along', async t => {
  const fixture = await started(t);
  const caller = new TestCaller();
  const ref = await fixture.driver.domainCreateXml(caller, xml(), [], Create.START_AUTODESTROY);
  caller.leave();
  await until('the domain is gone', () => fixture.driver.connectListAllDomains(0).length === 0);
  t.deepEqual(fixture.takeEvents(ref.name), ['2.0', '5.1']);
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
