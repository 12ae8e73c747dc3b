import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test from 'ava';
import { openHost, type Host } from './harness/host.ts';
import { busyboxRoot } from './harness/roots.ts';
import { mustRun, type Outcome } from './harness/run.ts';
import { until } from './harness/until.ts';

const PORT = 2222;

let host: Host;
let server: ChildProcess;
const at = (name: string): string => join(host.directory, 'ssh', name);

/** The remote host, as who comes by SSH finds it: the daemon's sockets are where libvirt's are. */
const REMOTE =
  'mount -t tmpfs none /run && mkdir /run/sshd /run/libvirt && mount --bind "$0" /run/libvirt && exec /usr/sbin/sshd "$@"';

test.before(async () => {
  host = await openHost();
  const tree = await busyboxRoot(join(host.directory, 'root'));
  await host.define(
    `<domain type='lxc'><name>far</name><memory>100000</memory><os><type>exe</type><init>/bin/sh</init></os><devices>
      <filesystem><source dir='${tree}'/><target dir='/'/></filesystem><console type='pty'/></devices></domain>`,
  );
  await mkdir(at(''), { mode: 0o700 });
  for (const key of ['host', 'client']) await mustRun('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(key)]);
  await rename(at('client.pub'), at('authorized'));
  const settings = [
    `Port ${PORT}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${at('host')}`,
    `AuthorizedKeysFile ${at('authorized')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'PidFile none',
  ];
  await writeFile(at('config'), `${settings.join('\n')}\n`);
  const sockets = dirname(host.daemon?.socket ?? '');
  const [enter = 'env', ...prefix] = host.sandbox.prefix;
  const remote = ['unshare', '--mount', 'sh', '-c', REMOTE, sockets, '-D', '-e', '-f', at('config')];
  server = spawn(enter, [...prefix, ...remote], { stdio: 'ignore' });
  await until('sshd listens', async () => (await virsh('', 'uri')).status === 0);
});
test.after.always(async () => {
  server?.kill();
  await host?.[Symbol.asyncDispose]();
});

const uriOf = (extra: string): string =>
  `lxc+ssh://root@127.0.0.1:${PORT}/system?keyfile=${at('client')}&no_verify=1&known_hosts=/dev/null${extra}`;

const virsh = (extra: string, ...args: string[]): Promise<Outcome> =>
  host.sandbox.run('virsh', ['-q', '-c', uriOf(extra), ...args]);

for (const [extra, way] of [
  ['', "libvirt's own helper"],
  ['&proxy=native', "libvirt's own helper, asked for"],
  ['&proxy=netcat&socket=/run/libvirt/libvirt-sock', 'netcat'],
] as const)
  test.serial(`a container is managed over SSH by ${way}`, async t => {
    const started = await virsh(extra, 'start', 'far');
    t.is(started.status, 0, started.stderr);
    t.regex((await virsh(extra, 'list')).stdout, /far +running/);
    using console = host.terminal(['-c', uriOf(extra), 'console', 'far']);
    await console.expect(/Escape character/);
    console.type('echo $((6 * 7))\n');
    await console.expect(/\b42\b/);
    t.is((await virsh(extra, 'destroy', 'far')).status, 0);
  });

test.serial('a read-only client over SSH may only look', async t => {
  const { status, stderr } = await host.sandbox.run('virsh', ['-r', '-q', '-c', uriOf(''), 'undefine', 'far']);
  t.is(status, 1);
  t.regex(stderr, /read only access prevents/);
});
