import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { DomainCreateFlags as Create, DomainState as State } from '../../contract/constants.ts';
import {
  READY,
  cgroupMounts,
  cgroupsOf,
  defined,
  isOff,
  running,
  started,
  state,
  tree,
  xml,
} from '../testing/containers.ts';
import { until } from '../testing/driver-fixture.ts';
import { hookCalls, withHook } from '../testing/hook.ts';

test.after.always(() => tree.remove());

const { SHUTOFF, PAUSED } = State;

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
  t.deepEqual(cgroupsOf(fixture), []);
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

test('a client whose daemon ended takes its domain along too', async t => {
  const fixture = await started(t);
  await fixture.driver.domainCreateXml(fixture.caller, xml(), [], Create.START_AUTODESTROY);
  await fixture.restart();
  t.deepEqual(fixture.driver.connectListAllDomains(0), []);
});

test('a name like those of files being written is a name', async t => {
  const fixture = await started(t);
  await defined(fixture, { name: '.lxvirtd-0011223344556677' });
  await fixture.restart();
  t.is(fixture.driver.connectListAllDomains(0).length, 1);
});

test('what a start left that ended with its daemon is removed', async t => {
  const fixture = await started(t);
  const ref = await running(fixture);
  const left = cgroupsOf(fixture);
  await fixture.driver.domainDestroyFlags(ref, 0);
  await fixture.restart(() => {
    for (const mount of cgroupMounts()) mkdirSync(join(mount, fixture.paths.cgroupParent, 'machine', left[0] ?? ''));
  });
  t.deepEqual(cgroupsOf(fixture), []);
  t.deepEqual(fixture.complaints, []);
});

test('a controller that does not answer keeps nobody from the other containers', async t => {
  const fixture = await started(t);
  const silent = await running(fixture, { name: 'silent' });
  const other = await running(fixture, { name: 'other' });
  process.kill(silent.id, 'SIGSTOP');
  await fixture.restart();
  t.true(fixture.driver.domainIsActive(other));
  t.false(fixture.driver.domainIsActive(silent));
  t.regex(fixture.complaints.join(), /could not be taken over: .* does not answer/);
  process.kill(silent.id, 'SIGCONT');
  await fixture.restart();
  t.true(fixture.driver.domainIsActive(silent));
});

test('a container whose start its daemon did not live to note is ended, and its files go', async t => {
  const fixture = await started(t);
  const ref = await running(fixture, { name: 'a' }, READY);
  await fixture.restart(() => {
    rmSync(fixture.file('run', 'a.xml'));
    writeFileSync(fixture.file('run', 'b.outcome'), 'exit 0\n');
  });
  t.false(fixture.driver.domainIsActive(ref));
  t.deepEqual([readdirSync(fixture.file('run')), cgroupsOf(fixture)], [[], []]);
  t.false(existsSync(`/proc/${ref.id}/root`));
  t.deepEqual(fixture.complaints, []);
  await fixture.start(ref);
});

test("a container called as the driver's own pid file is leaves that one alone", async t => {
  const fixture = await started(t);
  const lock = fixture.file('run', 'driver.pid');
  writeFileSync(lock, '1\n');
  const ref = await running(fixture, { name: 'driver' });
  await fixture.restart();
  t.true(fixture.driver.domainIsActive(ref));
  await fixture.driver.domainDestroyFlags(ref, 0);
  t.is(readFileSync(lock, 'utf8'), '1\n');
  t.deepEqual(readdirSync(fixture.file('run')), ['driver.pid']);
});
