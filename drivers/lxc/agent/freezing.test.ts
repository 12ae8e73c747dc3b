import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ErrorCode } from '../../contract/constants.ts';
import type { DomainRef } from '../../contract/domain.ts';
import { failure, isOff, running, started, tree } from '../testing/containers.ts';
import { type DriverFixture, until } from '../testing/driver-fixture.ts';
import { ask, member, sh } from './testing/ask.ts';

test.before(() => {
  // The root of a user namespace cannot make them in a tree that is the host's.
  for (const name of ['own', 'shared']) mkdirSync(join(tree.path, name));
  appendFileSync(join(tree.path, 'etc/passwd'), 'homed:x:1000:1000::/own:/bin/sh\n');
});
test.after.always(() => tree.remove());

interface Container {
  readonly fixture: DriverFixture;
  readonly ref: DomainRef;
  readonly image: string;
}

const shownByLoops = (): string =>
  execFileSync('losetup', ['--list', '--noheadings', '--output', 'BACK-FILE'], { encoding: 'utf8' });

/** With a file system of its own at /own, and a directory of the host at /shared. */
async function container(t: ExecutionContext, elements = ''): Promise<Container> {
  const directory = mkdtempSync(join(tmpdir(), 'lxvirtd-freezing-'));
  chmodSync(directory, 0o777);
  t.teardown(() => rmSync(directory, { recursive: true }));
  const image = join(directory, 'image');
  execFileSync('mkfs.ext4', ['-q', '-E', 'root_owner=100000:100000', image, '8M'], { stdio: 'pipe' });
  const fixture = await started(t);
  const devices = `<filesystem type='file'><driver type='loop' format='raw'/><source file='${image}'/><target dir='/own'/></filesystem>
    <filesystem type='mount'><source dir='${directory}'/><target dir='/shared'/></filesystem>`;
  const script = 'trap "exit 0" TERM; while :; do sleep 1000 & wait; done';
  return { fixture, ref: await running(fixture, { script, devices, elements }), image };
}

const idmap =
  "<idmap><uid start='0' target='100000' count='65536'/><gid start='0' target='100000' count='65536'/></idmap>";

for (const [what, elements] of [
  ['a container', ''],
  ['a container with a user namespace', idmap],
] as const)
  test(`${what}: only what is its own is frozen, once, until it is thawed`, async t => {
    const { fixture, ref } = await container(t, elements);
    const { driver } = fixture;
    t.is(await driver.domainFsfreeze(ref, [], 0), 1);
    t.is(await ask(fixture, ref, 'guest-fsfreeze-status'), 'frozen');
    for (const command of ['guest-fsfreeze-freeze', 'guest-get-osinfo', 'guest-get-host-name']) {
      const error = await failure(() => ask(fixture, ref, command));
      t.regex(
        error.message,
        new RegExp(`'${command}': Command ${command} has been disabled: file systems are frozen$`),
      );
    }
    t.deepEqual(await ask(fixture, ref, 'guest-ping'), {});
    t.is(await driver.domainFsthaw(ref, [], 0), 1);
    t.is(await driver.domainFsthaw(ref, [], 0), 0);
    t.like(await sh(fixture, ref, 'echo written > /own/file && cat /own/file'), { out: 'written\n', exitcode: 0 });
  });

test('a mount point chooses, and one that is not its own chooses nothing', async t => {
  const { fixture, ref } = await container(t);
  t.is(await fixture.driver.domainFsfreeze(ref, ['/shared', '/', '/nowhere'], 0), 0);
  t.is(await ask(fixture, ref, 'guest-fsfreeze-status'), 'thawed');
  t.is(await ask(fixture, ref, 'guest-fsfreeze-freeze-list', { mountpoints: ['/own'] }), 1);
  t.is(await ask(fixture, ref, 'guest-fsfreeze-thaw'), 1);
});

test('a directory of the host that covers the place is not frozen', async t => {
  const { fixture, ref } = await container(t);
  t.like(await sh(fixture, ref, 'mount --bind /shared /own'), { exitcode: 0, err: '' });
  t.is(await fixture.driver.domainFsfreeze(ref, [], 0), 0);
  t.like(await sh(fixture, ref, 'echo written > /shared/file'), { exitcode: 0 });
});

test('what is not used is told to the device', async t => {
  const { fixture, ref } = await container(t);
  const [result] = [member(await ask(fixture, ref, 'guest-fstrim'), 'paths')].flat();
  t.like(result, { path: '/own' });
  t.is(typeof member(result, 'trimmed'), 'number');
  await fixture.driver.domainFstrim(ref, '/own', 0n, 0);
  const error = await failure(() => fixture.driver.domainFstrim(ref, '/shared', 0n, 0));
  t.regex(error.message, /no file system of the guest's own is at '\/shared'$/);
});

test('a container whose programs wait for a frozen file system is destroyed, and starts again', async t => {
  const { fixture, ref } = await container(t);
  await ask(fixture, ref, 'guest-exec', { path: '/bin/sh', arg: ['-c', 'while :; do date > /own/date; sync; done'] });
  t.is(await fixture.driver.domainFsfreeze(ref, [], 0), 1);
  await fixture.driver.domainDestroyFlags(ref, 0);
  const again = await fixture.start(ref);
  t.like(await sh(fixture, again, 'echo x > /own/x; ls /own/date'), { exitcode: 0 });
  t.deepEqual(fixture.complaints, []);
});

test('a container that has hidden the frozen file system since is destroyed', async t => {
  const { fixture, ref } = await container(t);
  const script =
    'sleep 1000 > /own/open & while [ ! -e /hide ]; do sleep 0.1; done; mount -t tmpfs tmpfs /own; touch /hidden';
  t.like(await sh(fixture, ref, `rm -f /hide /hidden; cat > /run/s <<'END'\n${script}\nEND`), { exitcode: 0 });
  await ask(fixture, ref, 'guest-exec', { path: '/bin/sh', arg: ['/run/s'] });
  t.is(await fixture.driver.domainFsfreeze(ref, [], 0), 1);
  writeFileSync(join(tree.path, 'hide'), '');
  await until('it is hidden', () => existsSync(join(tree.path, 'hidden')));
  t.is(await fixture.driver.domainFsthaw(ref, [], 0), 1);
  await fixture.driver.domainDestroyFlags(ref, 0);
  t.deepEqual(fixture.complaints, []);
});

test('a paused container with a frozen file system is destroyed', async t => {
  const { fixture, ref } = await container(t);
  t.is(await fixture.driver.domainFsfreeze(ref, [], 0), 1);
  await fixture.driver.domainSuspend(ref);
  await fixture.driver.domainDestroyFlags(ref, 0);
  t.deepEqual(fixture.complaints, []);
  await fixture.start(ref);
  t.pass();
});

test('what a container leaves frozen when it ends by itself is thawed', async t => {
  const { fixture, ref, image } = await container(t);
  t.is(await fixture.driver.domainFsfreeze(ref, [], 0), 1);
  await fixture.driver.domainShutdownFlags(ref, 0);
  await until('it is off', isOff(fixture, ref));
  await until('no loop device shows its image', () => !shownByLoops().includes(image));
  const again = await fixture.start(ref);
  t.like(await sh(fixture, again, 'echo x > /own/x'), { exitcode: 0 });
  t.deepEqual(fixture.complaints, []);
});

test('a guest that does not answer is given up in time, and asked again', async t => {
  const { fixture, ref } = await container(t);
  const { driver } = fixture;
  // What is written there waits for the container itself, which nobody here knows.
  t.like(await sh(fixture, ref, 'fsfreeze --freeze /own'), { exitcode: 0, err: '' });
  const open = { execute: 'guest-file-open', arguments: { path: '/own/new', mode: 'w' } };
  const begun = performance.now();
  const late = await failure(() => driver.domainQemuAgentCommand(ref, JSON.stringify(open), 1, 0));
  t.is(late.code, ErrorCode.AGENT_UNRESPONSIVE);
  await driver.domainAgentSetResponseTimeout(ref, 1, 0);
  const alsoLate = await failure(() => driver.domainAuthorizedSshKeysSet(ref, 'homed', ['a b'], 0));
  t.is(alsoLate.code, ErrorCode.AGENT_UNRESPONSIVE);
  t.true(performance.now() - begun < 20_000);
  await driver.domainAgentSetResponseTimeout(ref, -2, 0);
  t.is(await driver.domainGetHostname(ref, 2), 'c');
  t.like(await sh(fixture, ref, 'fsfreeze --unfreeze /own'), { exitcode: 0, err: '' });
  await driver.domainAuthorizedSshKeysSet(ref, 'homed', ['a b'], 0);
  t.deepEqual(await driver.domainAuthorizedSshKeysGet(ref, 'homed', 0), ['a b']);
});

test('the next daemon knows what is frozen', async t => {
  const { fixture, ref } = await container(t);
  t.is(await fixture.driver.domainFsfreeze(ref, [], 0), 1);
  await fixture.restart();
  t.is(await ask(fixture, ref, 'guest-fsfreeze-status'), 'frozen');
  t.is(await fixture.driver.domainFsthaw(ref, [], 0), 1);
  await fixture.restart();
  t.is(await ask(fixture, ref, 'guest-fsfreeze-status'), 'thawed');
});
