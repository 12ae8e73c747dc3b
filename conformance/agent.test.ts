import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type Host, openHost } from './harness/host.ts';
import { busyboxRoot } from './harness/roots.ts';
import { mustRun } from './harness/run.ts';
import { until } from './harness/until.ts';

let host: Host;
let root: string;

/** On whose file system the test can freeze something: the image is the container's alone. */
const IMAGE_MOUNT = '/mnt';

test.before(async () => {
  host = await openHost();
  root = await busyboxRoot(join(host.directory, 'root'));
  await mkdir(join(root, 'home/me'), { recursive: true });
  await writeFile(join(root, 'etc/os-release'), 'ID=busybox\nPRETTY_NAME="Busy Box"\n');
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nme:x:1000:1000::/home/me:/bin/sh\n');
  await writeFile(join(root, 'etc/shadow'), 'root:*:1::::::\nme:!:1::::::\n');
  await chmod(join(root, 'etc/shadow'), 0o600);
  const image = join(host.directory, 'image');
  await mustRun('mkfs.ext4', ['-q', image, '16M']);
  await host.define(`
    <domain type='lxc'>
      <name>asked</name>
      <memory unit='MiB'>64</memory>
      <os><type>exe</type><init>/sbin/init</init></os>
      <features><privnet/></features>
      <devices>
        <filesystem type='mount'><source dir='${root}'/><target dir='/'/></filesystem>
        <filesystem type='file'><driver type='loop' format='raw'/><source file='${image}'/><target dir='${IMAGE_MOUNT}'/></filesystem>
        <console type='pty'/>
      </devices>
    </domain>`);
  await host.mustVirsh('start', 'asked');
});
test.after.always(() => host?.[Symbol.asyncDispose]());

/** What `virsh qemu-agent-command` prints, understood. */
async function command(execute: string, args: object = {}): Promise<unknown> {
  const document = JSON.stringify({ execute, arguments: args });
  const answer: unknown = JSON.parse(await host.mustVirsh('qemu-agent-command', '--timeout', '30', 'asked', document));
  return member(answer, 'return');
}

function member(answer: unknown, name: string): unknown {
  return typeof answer === 'object' && answer !== null ? Reflect.get(answer, name) : undefined;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

test.serial('virsh qemu-agent-command runs a program and tells what it wrote', async t => {
  const request = { path: '/bin/sh', arg: ['-c', 'echo "$0"; exit 7', 'said'], 'capture-output': true };
  const pid = member(await command('guest-exec', request), 'pid');
  const status = await until('the program has ended', async () => {
    const status = await command('guest-exec-status', { pid });
    return member(status, 'exited') === true ? status : null;
  });
  t.like(status, { exited: true, exitcode: 7, 'out-data': base64('said\n') });
});

test.serial('virsh qemu-agent-command writes a file and reads it back', async t => {
  const handle = await command('guest-file-open', { path: '/etc/motd', mode: 'w+' });
  t.deepEqual(await command('guest-file-write', { handle, 'buf-b64': base64('hello') }), { count: 5, eof: false });
  await command('guest-file-seek', { handle, offset: 0, whence: 'set' });
  t.deepEqual(await command('guest-file-read', { handle }), { count: 5, 'buf-b64': base64('hello'), eof: true });
  t.deepEqual(await command('guest-file-close', { handle }), {});
  t.is(await readFile(join(root, 'etc/motd'), 'utf8'), 'hello');
});

const refused: readonly (readonly [string, RegExp])[] = [
  [
    '{"execute":"guest-none"}',
    /unable to execute QEMU agent command 'guest-none': The command guest-none has not been found/,
  ],
  ['{', /internal error: cannot parse/],
  ['{"execute":"guest-exec","arguments":{"path":"/none"}}', /'guest-exec': .*No such file or directory/],
];
for (const [document, message] of refused)
  test.serial(`virsh qemu-agent-command refuses ${document}`, async t => {
    const { status, stderr } = await host.virsh(['qemu-agent-command', 'asked', document]);
    t.is(status, 1);
    t.regex(stderr, message);
  });

const printed: readonly (readonly [readonly string[], RegExp])[] = [
  [['guestinfo', 'asked', '--os'], /^os\.id +: busybox\n(?:.*\n)*os\.kernel-release +: \d/m],
  [['guestinfo', 'asked', '--hostname'], /^hostname +: asked$/m],
  [['guestinfo', 'asked', '--timezone'], /^timezone\.name +: UTC\ntimezone\.offset +: 0$/m],
  [['guestinfo', 'asked', '--user'], /^user\.count +: 0$/m],
  [['guestinfo', 'asked', '--interface'], /^if\.count +: 1\nif\.0\.name +: lo$/m],
  [['guestinfo', 'asked', '--disk'], /^disk\.count +: 0$/m],
  [
    ['guestinfo', 'asked', '--filesystem'],
    /^fs\.\d\.mountpoint +: \/mnt\nfs\.\d\.fstype +: ext4\nfs\.\d\.total-bytes +: \d+$/m,
  ],
  [['guestinfo', 'asked'], /^os\.id[^]*^hostname[^]*^fs\.count/m],
  [['domfsinfo', 'asked'], /^ \/mnt +loop\d+ +ext4/m],
  [['domhostname', 'asked', '--source', 'agent'], /^asked$/m],
  [['domifaddr', 'asked', '--source', 'agent'], /^ lo +\S+ +ipv4 +127\.0\.0\.1\/8$/m],
  [['domtime', 'asked'], /^Time: \d{10}$/m],
  [['guestvcpus', 'asked'], /^vcpus +: [\d,-]+\nonline +: [\d,-]+\nofflinable +: *$/m],
  [['guest-agent-timeout', 'asked', '--timeout', '30'], /^$/m],
  [['domfstrim', 'asked'], /^$/m],
];
for (const [args, expected] of printed)
  test.serial(`virsh ${args.join(' ')}`, async t => t.regex(await host.mustVirsh(...args), expected));

/** What virsh says of what it has done. */
async function says(...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await host.virsh(args);
  return status === 0 ? stdout : stderr;
}

test.serial('virsh domfsfreeze freezes the image and nothing else, until domfsthaw', async t => {
  t.regex(await says('domfsfreeze', 'asked'), /Froze 1 filesystem/);
  t.is(await command('guest-fsfreeze-status'), 'frozen');
  const again = await host.virsh(['domfsfreeze', 'asked']);
  t.is(again.status, 1);
  t.regex(again.stderr, /guest-fsfreeze-freeze has been disabled/);
  // The host's own file system goes on.
  await writeFile(join(root, 'written'), 'while frozen');
  t.regex(await says('domfsthaw', 'asked'), /Thawed 1 filesystem/);
  t.is(await command('guest-fsfreeze-status'), 'thawed');
});

test.serial('a container is destroyed at once though its image is frozen and written to', async t => {
  const write = { path: '/bin/sh', arg: ['-c', `while :; do date > ${IMAGE_MOUNT}/date; sync; done`] };
  await command('guest-exec', write);
  t.regex(await says('domfsfreeze', 'asked', '--mountpoint', IMAGE_MOUNT), /Froze 1 filesystem/);
  await host.mustVirsh('destroy', 'asked');
  await host.mustVirsh('start', 'asked');
  t.is(await command('guest-fsfreeze-status'), 'thawed');
  t.regex(await says('domfsfreeze', 'asked'), /Froze 1 filesystem/);
  await host.daemon?.stop();
  await host.restart();
  t.is(await command('guest-fsfreeze-status'), 'frozen');
  t.regex(await says('domfsthaw', 'asked'), /Thawed 1 filesystem/);
});

test.serial('virsh domtime cannot set the clock', async t => {
  const { status, stderr } = await host.virsh(['domtime', 'asked', '--time', '1']);
  t.is(status, 1);
  t.regex(stderr, /Operation not supported: a container has the host's clock/);
});

test.serial('virsh set-user-password, plain and encrypted', async t => {
  const stored = async (): Promise<string> => await readFile(join(root, 'etc/shadow'), 'utf8');
  await host.mustVirsh('set-user-password', 'asked', 'me', 'secret');
  const hash = /^me:([^:]*):/m.exec(await stored())?.[1] ?? '';
  t.is(await mustRun('perl', ['-e', 'print crypt($ARGV[0], $ARGV[1])', 'secret', hash]), hash);
  await host.mustVirsh('set-user-password', 'asked', 'me', '$6$a$b', '--encrypted');
  t.regex(await stored(), /^me:\$6\$a\$b:/m);
  t.is((await stat(join(root, 'etc/shadow'))).mode & 0o777, 0o600);
  t.is((await host.virsh(['set-user-password', 'asked', 'nobody', 'x'])).status, 1);
});

/** Not every virsh ends a key's line. */
const keys = async (): Promise<string> => (await says('get-user-sshkeys', 'asked', 'me')).replaceAll('\n', '');

test.serial('virsh set-user-sshkeys and get-user-sshkeys', async t => {
  const file = join(host.directory, 'keys');
  await writeFile(file, 'ssh-ed25519 AAAA one\nssh-rsa BBBB two\n');
  await host.mustVirsh('set-user-sshkeys', 'asked', 'me', '--file', file, '--reset');
  t.is(await keys(), 'ssh-ed25519 AAAA onessh-rsa BBBB two');
  await writeFile(file, 'ssh-rsa CCCC three\n');
  await host.mustVirsh('set-user-sshkeys', 'asked', 'me', '--file', file);
  t.regex(await keys(), /three/);
  await writeFile(file, 'ssh-ed25519 AAAA one\n');
  await host.mustVirsh('set-user-sshkeys', 'asked', 'me', '--file', file, '--remove');
  t.is(await keys(), 'ssh-rsa BBBB twossh-rsa CCCC three');
});

for (const args of [
  ['qemu-agent-command', 'asked', '{"execute":"guest-ping"}'],
  ['guestinfo', 'asked', '--os'],
  ['domfsinfo', 'asked'],
  ['domfsfreeze', 'asked'],
  ['domhostname', 'asked', '--source', 'agent'],
  ['domifaddr', 'asked', '--source', 'agent'],
  ['domtime', 'asked'],
  ['set-user-password', 'asked', 'me', 'x'],
  ['get-user-sshkeys', 'asked', 'me'],
])
  test.serial(`a read-only connection is denied ${args[0]}`, async t => {
    const { status, stderr } = await host.sandbox.run('virsh', ['-c', host.readOnlyUri, ...args]);
    t.is(status, 1);
    t.regex(stderr, /operation forbidden: read only access/);
  });

test.serial('the Python binding gets everything in its types', async t => {
  const program = join(import.meta.dirname, 'clients/agent.py');
  const seen: unknown = JSON.parse(await host.sandbox.mustRun('/usr/bin/python3', [program, host.uri, 'asked']));
  t.like(seen, {
    ping: '{"return":{}}',
    code: [1, 'unable to execute'],
    hostname: 'asked',
    osId: 'busybox',
    fsCount: 'int',
    totalBytes: 'int',
    partitionless: true,
    fsinfo: ['/', '/mnt'],
    frozen: 1,
    thawed: 1,
    seconds: 'int',
    offset: 0,
  });
});

test.serial('monitor commands are not supported', async t => {
  const { status, stderr } = await host.virsh(['qemu-monitor-command', 'asked', '{}']);
  t.is(status, 1);
  t.regex(stderr, /this function is not supported by the connection driver: virDomainQemuMonitorCommand/);
});
