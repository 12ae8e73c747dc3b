import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { DomainState, ErrorCode } from '../../contract/constants.ts';
import type { DomainRef, TypedParameter } from '../../contract/domain.ts';
import { defined, failure, isOff, running, started, state, tree } from '../testing/containers.ts';
import { DriverFixture, until } from '../testing/driver-fixture.ts';
import { ask, member, run, sh } from './testing/ask.ts';

const inTree = (...names: string[]): string => join(tree.path, ...names);

/** A record of utmp for one who logged in a second after the epoch. */
function utmp(user: string): Buffer {
  const record = Buffer.alloc(process.arch === 'arm64' ? 400 : 384);
  record.writeInt16LE(7, 0);
  record.write(user, 44);
  record.writeUInt32LE(1, process.arch === 'arm64' ? 344 : 340);
  return record;
}

test.before(() => {
  for (const name of ['etc', 'var/run', 'home/me', 'home/you', 'data']) mkdirSync(inTree(name), { recursive: true });
  writeFileSync(inTree('etc/os-release'), 'ID=testos\nPRETTY_NAME="Test OS \u001b[31m"\nVERSION_ID=1\n');
  writeFileSync(
    inTree('etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nme:x:1000:1001::/home/me:/bin/sh\nyou:x:1002:1002::/home/you:/bin/sh\n' +
      'plain::1003:1003::/:/bin/sh\nlost:x:1004:1004::/:/bin/sh\n',
  );
  writeFileSync(inTree('etc/shadow'), 'root:*:1::::::\nme:!:1:0:99999:7:::\n', { mode: 0o640 });
  writeFileSync(inTree('var/run/utmp'), Buffer.concat([utmp('me'), utmp('you')]));
});
test.after.always(() => tree.remove());

/** A program that does nothing until it is asked to end. */
const quiet = { script: 'trap "exit 0" TERM; while :; do sleep 1000 & wait; done' };

const values = (params: readonly TypedParameter[]): Record<string, unknown> =>
  Object.fromEntries(params.map(({ field, value }) => [field, value]));

/** One container for the tests that leave it as it is. */
let shared: DriverFixture;
let ref: DomainRef;
test.before(async () => {
  shared = await DriverFixture.start();
  ref = await running(shared, quiet);
});
test.after.always(() => shared?.remove());

const asked = (execute: string, args?: object): Promise<unknown> => ask(shared, ref, execute, args);
const refusal = async (execute: string, args?: object): Promise<string> =>
  (await failure(() => asked(execute, args))).message.replace(
    /^internal error: unable to execute QEMU agent command /,
    '',
  );

test('a program runs in the container, as its root, and its output is told once', async t => {
  const script =
    'id -u; [ "$(readlink /proc/self/ns/pid)" = "$(readlink /proc/1/ns/pid)" ] && echo inside; echo oops >&2; exit 3';
  t.deepEqual(await sh(shared, ref, script), { exitcode: 3, out: '0\ninside\n', err: 'oops\n', truncated: false });
  const pid = member(await asked('guest-exec', { path: 'true' }), 'pid');
  await until('it has ended', async () => member(await asked('guest-exec-status', { pid }), 'exited') === true);
  t.is(await refusal('guest-exec-status', { pid }), "'guest-exec-status': Invalid parameter 'pid'");
});

test('a program gets the arguments, the environment and the input that it was given', async t => {
  const input = Buffer.from('typed\n').toString('base64');
  const args = {
    path: 'sh',
    arg: ['-c', 'cat; echo "$0 $A"; env | wc -l', 'zero'],
    env: ['A=1', 'PATH=/bin'],
    'input-data': input,
  };
  const { out } = await run(shared, ref, args);
  t.regex(out, /^typed\nzero 1\n/);
});

test('a program that a signal ends has no status', async t => {
  t.like(await sh(shared, ref, 'kill -9 $$'), { signal: 9, exitcode: undefined });
});

test('only what was asked for is captured', async t => {
  const both = { path: '/bin/sh', arg: ['-c', 'echo out; echo err >&2'] };
  t.like(await run(shared, ref, { ...both, 'capture-output': false }), { exitcode: 0, out: '', err: '' });
  t.like(await run(shared, ref, { ...both, 'capture-output': 'stdout' }), { out: 'out\n', err: '' });
  t.like(await run(shared, ref, { ...both, 'capture-output': 'stderr' }), { out: '', err: 'err\n' });
});

test('a program that writes without end is not held up, and what is kept fits into a reply', async t => {
  const { out, truncated, exitcode } = await sh(shared, ref, 'head -c 20000000 /dev/zero | tr "\\0" x');
  t.deepEqual([out.length, truncated, exitcode], [3_000_000, true, 0]);
});

test('what is written byte by byte is kept whole, both streams in one room', async t => {
  const { out, err } = await sh(shared, ref, 'i=0; while [ $i -lt 3000 ]; do printf a; printf b >&2; i=$((i+1)); done');
  t.deepEqual([out, err], ['a'.repeat(3000), 'b'.repeat(3000)]);
});

test('a program that cannot be started is refused with the reason', async t => {
  t.is(
    await refusal('guest-exec', { path: '/nowhere' }),
    "'guest-exec': Guest agent command failed, error was 'Failed to execute child process “/nowhere” (No such file or directory)'",
  );
});

test('programs run side by side, and no more than there is room for', async t => {
  const fixture = await started(t);
  const other = await running(fixture, quiet);
  const start = () => ask(fixture, other, 'guest-exec', { path: 'sleep', arg: ['1000'] });
  for (let count = 0; count < 64; count += 1) await start();
  t.regex((await failure(start)).message, /too many programs run$/);
});

test('a file is written and read back, by handles', async t => {
  const handle = await asked('guest-file-open', { path: '/data/file', mode: 'w+' });
  const text = 'Grüße\n'.repeat(1000);
  const size = Buffer.byteLength(text);
  t.deepEqual(await asked('guest-file-write', { handle, 'buf-b64': Buffer.from(text).toString('base64') }), {
    count: size,
    eof: false,
  });
  t.deepEqual(await asked('guest-file-flush', { handle }), {});
  t.deepEqual(await asked('guest-file-seek', { handle, offset: 0, whence: 'set' }), { position: 0, eof: false });
  const read = await asked('guest-file-read', { handle, count: 1_000_000 });
  t.deepEqual(read, { count: size, 'buf-b64': Buffer.from(text).toString('base64'), eof: true });
  t.deepEqual(await asked('guest-file-seek', { handle, offset: -2, whence: 2 }), { position: size - 2, eof: false });
  t.like(await asked('guest-file-read', { handle, count: 1 }), { count: 1, eof: false });
  t.deepEqual(await asked('guest-file-close', { handle }), {});
  t.is(
    await refusal('guest-file-close', { handle }),
    `'guest-file-close': handle '${String(handle)}' has not been found`,
  );
  t.is(readFileSync(inTree('data/file'), 'utf8'), text);
});

test('a file that is longer than a reply is read in parts', async t => {
  writeFileSync(inTree('data/long'), Buffer.alloc(5_000_000, 'l'));
  const handle = await asked('guest-file-open', { path: '/data/long' });
  t.like(await asked('guest-file-read', { handle, count: 48 << 20 }), { count: 3_000_000, eof: false });
  t.like(await asked('guest-file-read', { handle, count: 48 << 20 }), { count: 2_000_000, eof: true });
  await asked('guest-file-close', { handle });
});

test("a link in the container leads to the container's own files", async t => {
  symlinkSync('/etc/hostname', inTree('data/link'));
  const handle = await asked('guest-file-open', { path: '/data/link' });
  const read = member(await asked('guest-file-read', { handle }), 'buf-b64');
  t.is(Buffer.from(String(read), 'base64').toString(), 'busybox\n');
  await asked('guest-file-close', { handle });
});

test('a pipe that nobody writes to holds nobody up', async t => {
  execFileSync('mkfifo', [inTree('data/pipe')]);
  const handle = await asked('guest-file-open', { path: '/data/pipe' });
  t.like(await asked('guest-file-read', { handle }), { count: 0 });
  await asked('guest-file-close', { handle });
});

for (const [path, mode, reason] of [
  ['/none', 'r', 'No such file or directory'],
  ['/data', 'w', 'Is a directory'],
  ['/etc/hostname/x', 'r', 'Not a directory'],
])
  test(`${path} is not opened with mode ${mode}: ${reason}`, async t => {
    const text = `'guest-file-open': failed to open file '${path}' (mode: '${mode}'): ${reason}`;
    t.is(await refusal('guest-file-open', { path, mode }), text);
  });

test('no more files can be open than there is room for', async t => {
  const fixture = await started(t);
  const other = await running(fixture, quiet);
  const open = () => ask(fixture, other, 'guest-file-open', { path: '/etc/passwd' });
  for (let count = 0; count < 64; count += 1) await open();
  t.regex((await failure(open)).message, /too many files are open$/);
});

test('the agent is there, and says what it can', async t => {
  t.deepEqual(await asked('guest-ping'), {});
  t.is(await asked('guest-sync', { id: 123_456 }), 123_456);
  t.is(await asked('guest-sync-delimited', { id: 7 }), 7);
  const names = member(await asked('guest-info'), 'supported_commands');
  t.true(Array.isArray(names) && names.some(command => member(command, 'name') === 'guest-exec'));
});

test('what the container is, as an agent tells it', async t => {
  t.like(await asked('guest-get-osinfo'), { id: 'testos', 'pretty-name': 'Test OS \ufffd[31m', 'version-id': '1' });
  t.deepEqual(await asked('guest-get-host-name'), { 'host-name': 'c' });
  t.deepEqual(await asked('guest-get-users'), [
    { 'login-time': 1, user: 'me' },
    { 'login-time': 1, user: 'you' },
  ]);
  t.deepEqual(await asked('guest-get-timezone'), { zone: 'UTC', offset: 0 });
  t.true(Math.abs(Number(await asked('guest-get-time')) / 1e6 - Date.now()) < 60_000);
  const interfaces = await asked('guest-network-get-interfaces');
  t.true(Array.isArray(interfaces) && interfaces.some(entry => member(entry, 'name') === 'lo'));
  const systems = await asked('guest-get-fsinfo');
  t.true(Array.isArray(systems));
  const root: unknown = Array.isArray(systems) ? systems.find(entry => member(entry, 'mountpoint') === '/') : null;
  t.true(Number(member(root, 'total-bytes')) > 0);
  const cpus = await asked('guest-get-vcpus');
  t.true(Array.isArray(cpus) && cpus.length > 0);
});

test('the same by the calls of the API', async t => {
  const all = values(await shared.driver.domainGetGuestInfo(ref, 0, 0));
  t.like(all, {
    'user.count': 2,
    'user.0.name': 'me',
    'user.0.login-time': 1000n,
    'os.id': 'testos',
    'timezone.name': 'UTC',
    'timezone.offset': 0,
    hostname: 'c',
    'disk.count': 0,
  });
  t.true(Number(all['fs.count']) >= 2);
  t.true(Number(all['if.count']) >= 1);
  t.deepEqual(Object.keys(values(await shared.driver.domainGetGuestInfo(ref, 8, 0))), ['hostname']);
  t.is(await shared.driver.domainGetHostname(ref, 2), 'c');
  const systems = await shared.driver.domainGetFsinfo(ref, 0);
  t.true(systems.some(({ mountPoint, type }) => mountPoint === '/run' && type === 'tmpfs'));
  t.false(systems.some(({ mountPoint }) => mountPoint === '/proc'));
  t.true(Math.abs(Number((await shared.driver.domainGetTime(ref, 0)).seconds) - Date.now() / 1000) < 60);
  t.regex(String(values(await shared.driver.domainGetGuestVcpus(ref, 0))['online']), /^\d/);
});

const shadowOf = (user: string): string[] => {
  const line = readFileSync(inTree('etc/shadow'), 'utf8')
    .split('\n')
    .find(line => line.startsWith(`${user}:`));
  return line?.split(':') ?? [];
};

test.serial('a password is stored as a hash of it, and the file keeps its mode', async t => {
  await shared.driver.domainSetUserPassword(ref, 'me', 'sécret', 0);
  const [, hash = '', day, , maximum] = shadowOf('me');
  const crypt = execFileSync('perl', ['-e', 'print crypt($ARGV[0], $ARGV[1])', 'sécret', hash], { encoding: 'utf8' });
  t.is(crypt, hash);
  t.regex(hash, /^\$6\$/);
  t.true(Math.abs(Number(day) - Date.now() / 86_400_000) < 2);
  t.is(maximum, '99999');
  t.is(statSync(inTree('etc/shadow')).mode & 0o777, 0o640);
  await asked('guest-set-user-password', {
    username: 'me',
    password: Buffer.from('$6$a$b').toString('base64'),
    crypted: true,
  });
  t.is(shadowOf('me')[1], '$6$a$b');
});

test.serial('a user whose password stands in passwd gets it there', async t => {
  await shared.driver.domainSetUserPassword(ref, 'plain', '$6$x$y', 1);
  t.regex(readFileSync(inTree('etc/passwd'), 'utf8'), /^plain:\$6\$x\$y:1003:/m);
});

for (const [user, password, flags, text] of [
  ['none', 'x', 0, "failed to lookup user 'none'"],
  ['root:x', 'x', 0, "invalid user name 'root:x'"],
  ['lost', 'x', 0, "user 'lost' has no entry in /etc/shadow"],
  ['me', 'a:b', 1, 'the password is no hash that could be stored'],
  ['me', 'a\nroot::0', 1, 'the password is no hash that could be stored'],
  ['me', 'x'.repeat(600), 0, 'a password has at most 511 bytes, and none that is zero'],
] as const)
  test(`no password ${JSON.stringify(password).slice(0, 20)} for ${user}: ${text}`, async t => {
    const error = await failure(() => shared.driver.domainSetUserPassword(ref, user, password, flags));
    t.is(error.message, `internal error: unable to execute QEMU agent command 'guest-set-user-password': ${text}`);
  });

test('keys of a user: set, appended to, removed from', async t => {
  const { driver } = shared;
  const [one, two, three] = ['ssh-ed25519 AAAA one', 'ssh-rsa BBBB two', 'ssh-rsa CCCC three'];
  const missing = await failure(() => driver.domainAuthorizedSshKeysGet(ref, 'me', 0));
  t.regex(missing.message, /Failed to open file '\/home\/me\/.ssh\/authorized_keys': No such file or directory$/);
  await driver.domainAuthorizedSshKeysSet(ref, 'me', [one, ` ${two} `, ''], 0);
  t.deepEqual(await driver.domainAuthorizedSshKeysGet(ref, 'me', 0), [one, two]);
  await driver.domainAuthorizedSshKeysSet(ref, 'me', [two, three], 1);
  t.deepEqual(await driver.domainAuthorizedSshKeysGet(ref, 'me', 0), [one, two, three]);
  await driver.domainAuthorizedSshKeysSet(ref, 'me', [one], 2);
  t.deepEqual(await driver.domainAuthorizedSshKeysGet(ref, 'me', 0), [two, three]);
  const { mode, uid, gid } = statSync(inTree('home/me/.ssh/authorized_keys'));
  t.deepEqual([mode & 0o777, uid, gid], [0o600, 1000, 1001]);
  t.deepEqual(statSync(inTree('home/me/.ssh')).mode & 0o777, 0o700);
  await driver.domainAuthorizedSshKeysSet(ref, 'me', [], 0);
  t.deepEqual(await asked('guest-ssh-get-authorized-keys', { username: 'me' }), { keys: [] });
  t.is((await failure(() => driver.domainAuthorizedSshKeysSet(ref, 'me', [one], 3))).code, ErrorCode.INVALID_ARG);
});

test('keys are neither read nor written through a link of their user', async t => {
  mkdirSync(inTree('home/you/.ssh'));
  symlinkSync('/etc/shadow', inTree('home/you/.ssh/authorized_keys'));
  const before = readFileSync(inTree('etc/passwd'));
  const read = await failure(() => shared.driver.domainAuthorizedSshKeysGet(ref, 'you', 0));
  t.regex(read.message, /Too many levels of symbolic links$/);
  const write = await failure(() => shared.driver.domainAuthorizedSshKeysSet(ref, 'you', ['a b'], 0));
  t.regex(write.message, /Too many levels of symbolic links$/);
  t.deepEqual(readFileSync(inTree('etc/passwd')), before);
});

test('a container has no clock of its own that could be set, and no file system of its own that could be frozen', async t => {
  const { driver } = shared;
  t.is(
    (await failure(() => driver.domainSetTime(ref, { seconds: 1n, nanoseconds: 0 }, 0))).code,
    ErrorCode.OPERATION_UNSUPPORTED,
  );
  t.is(await driver.domainFsfreeze(ref, [], 0), 0);
  t.is(await driver.domainFsfreeze(ref, ['/'], 0), 0);
  t.is(await asked('guest-fsfreeze-status'), 'thawed');
  t.is(await driver.domainFsthaw(ref, [], 0), 0);
  await driver.domainFstrim(ref, null, 0n, 0);
  t.deepEqual(await asked('guest-fstrim'), { paths: [] });
});

test('a domain that does not run or is paused has no agent', async t => {
  const fixture = await started(t);
  const off = await defined(fixture, quiet);
  t.is((await failure(() => ask(fixture, off, 'guest-ping'))).code, ErrorCode.OPERATION_INVALID);
  const on = await fixture.start(off);
  await fixture.driver.domainSuspend(on);
  const error = await failure(() => ask(fixture, on, 'guest-ping'));
  t.deepEqual(
    [error.code, error.message],
    [ErrorCode.OPERATION_INVALID, 'Requested operation is not valid: domain is not running'],
  );
  await fixture.driver.domainResume(on);
  t.deepEqual(await ask(fixture, on, 'guest-ping'), {});
});

for (const [mode, stays] of [
  ['powerdown', false],
  ['halt', false],
  ['reboot', true],
] as const)
  test(`an agent asked to ${mode} ${stays ? 'starts the container again' : 'ends the container'}`, async t => {
    const fixture = await started(t);
    const domain = await running(fixture, quiet);
    t.deepEqual(await ask(fixture, domain, 'guest-shutdown', { mode }), {});
    if (!stays) return await until('it is off', isOff(fixture, domain)).then(() => t.pass());
    await until('it has rebooted', () => fixture.events.some(({ kind }) => kind === 'reboot'));
    t.is(state(fixture, domain)[0], DomainState.RUNNING);
  });

test('a container that comes back knows nothing of the handles and programs of before', async t => {
  const fixture = await started(t);
  const domain = await running(fixture, quiet);
  const handle = await ask(fixture, domain, 'guest-file-open', { path: '/etc/passwd' });
  const pid = member(await ask(fixture, domain, 'guest-exec', { path: 'sleep', arg: ['1000'] }), 'pid');
  await fixture.driver.domainDestroyFlags(domain, 0);
  const again = await fixture.start(domain);
  t.regex((await failure(() => ask(fixture, again, 'guest-file-read', { handle }))).message, /has not been found$/);
  t.regex((await failure(() => ask(fixture, again, 'guest-exec-status', { pid }))).message, /'pid'$/);
});

test('a container that ends in the middle of commands ends them', async t => {
  const fixture = await started(t);
  const domain = await running(fixture, quiet);
  await ask(fixture, domain, 'guest-get-osinfo');
  const askOn = async (): Promise<never> => {
    for (;;) await ask(fixture, domain, 'guest-get-osinfo');
  };
  const commands = Array.from({ length: 10 }, () => failure(askOn));
  await ask(fixture, domain, 'guest-get-osinfo');
  await fixture.driver.domainDestroyFlags(domain, 0);
  for (const { code, message } of await Promise.all(commands)) t.is(code, ErrorCode.OPERATION_INVALID, message);
});

test('what is wrong with a call is told before the guest is asked', async t => {
  const { driver } = shared;
  t.is((await failure(() => driver.domainQemuAgentCommand(ref, '{}', -3, 0))).code, ErrorCode.INVALID_ARG);
  t.is((await failure(() => driver.domainQemuAgentCommand(ref, '{}', 5, 1))).code, ErrorCode.INVALID_ARG);
  t.is((await failure(() => driver.domainGetGuestInfo(ref, 1 << 20, 0))).code, ErrorCode.INVALID_ARG);
  await t.throwsAsync(driver.domainAgentSetResponseTimeout(ref, -3, 0), { message: /less than the minimum '-2'/ });
});
