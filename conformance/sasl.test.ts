import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { openHost, type Host } from './harness/host.ts';
import { busyboxRoot } from './harness/roots.ts';
import { mustRun, run, type Outcome } from './harness/run.ts';
import { until } from './harness/until.ts';
import { makeRealm, realmEnvironment, signIn } from './sasl/realm.ts';

const PKI = join(import.meta.dirname, '../bin/lxvirtd-pki');
const WIRE = join(import.meta.dirname, 'sasl/wire.py');
const AUTH_LIST = 66;
const SASL_INIT = 67;
const SASL_START = 68;
const SASL_STEP = 69;
const AUTH_FAILED = 45;
const RPC = 39;

let host: Host;
let root: string;

const passwords = { fred: 'secret', mallory: 'hidden' } as const;

async function prepare(daemonRoot: string): Promise<void> {
  root = daemonRoot;
  await makeRealm(join(root, 'realm'));
  // The daemon is a child of this process.
  Object.assign(process.env, realmEnvironment(join(root, 'realm')));
  await makeCertificates();
  for (const [user, password] of Object.entries(passwords)) await addUser(user, password);
  await credentials('right', 'fred', 'secret');
  await credentials('wrong', 'fred', 'guess');
  await credentials('unknown', 'nobody', 'secret');
  await credentials('unwanted', 'mallory', 'hidden');
  await mkdir(join(root, 'etc/sasl2'), { recursive: true });
  await writeFile(
    join(root, 'etc/sasl2/libvirt.conf'),
    `mech_list: gssapi scram-sha-256 digest-md5\nkeytab: ${root}/realm/krb5.tab\nsasldb_path: ${root}/passwd.db\n`,
  );
  await mkdir(join(root, 'etc/libvirt'), { recursive: true });
  await writeFile(
    join(root, 'etc/libvirt/libvirtd.conf'),
    `listen_tcp = 1\nlisten_addr = "127.0.0.1"\nauth_tls = "sasl"\nauth_unix_ro = "sasl"\nsasl_allowed_username_list = ["f?ed", "j*"]\n`,
  );
}

async function makeCertificates(): Promise<void> {
  for (const words of [['ca'], ['server', 'localhost', '127.0.0.1'], ['client', 'client']])
    await mustRun(PKI, ['--root', root, ...words]);
  const pki = join(root, 'client.pki');
  await mkdir(pki);
  await copyFile(join(root, 'etc/pki/CA/cacert.pem'), join(pki, 'cacert.pem'));
  await copyFile(join(root, 'etc/pki/libvirt/clientcert.pem'), join(pki, 'clientcert.pem'));
  await copyFile(join(root, 'etc/pki/libvirt/private/clientkey.pem'), join(pki, 'clientkey.pem'));
}

async function addUser(user: string, password: string): Promise<void> {
  const args = ['-p', '-c', '-a', 'libvirt', '-f', join(root, 'passwd.db'), user];
  const { status, stderr } = await run('saslpasswd2', args, { input: password });
  if (status !== 0) throw new Error(stderr);
}

/** What the URI's authfile leads to. */
const credentials = (name: string, user: string, password: string): Promise<void> =>
  writeFile(
    join(root, `${name}.auth`),
    `[credentials-it]\nauthname=${user}\npassword=${password}\n[auth-libvirt-default]\ncredentials=it\n`,
  );

test.before(async () => {
  host = await openHost({ prepare, options: ['--listen'] });
  await signIn(host.sandbox, join(root, 'realm'));
});
test.after.always(() => host?.[Symbol.asyncDispose]());

type Way = 'tcp' | 'kerberos' | 'tls' | 'unix';
const ways: readonly Way[] = ['tcp', 'kerberos', 'tls', 'unix'];

/** Without `who` there is nobody's password: virsh asks. */
function uriOf(way: Way, who: string | null = 'right'): string {
  const file = who === null ? '' : `&authfile=${join(root, `${who}.auth`)}`;
  const byWay = {
    tcp: 'lxc+tcp://127.0.0.1/system?auth=sasl.DIGEST-MD5',
    kerberos: 'lxc+tcp://localhost/system?auth=sasl.GSSAPI',
    tls: `lxc+tls://localhost/system?pkipath=${join(root, 'client.pki')}&auth=sasl.SCRAM-SHA-256`,
    unix: `lxc+unix:///?socket=${join(root, 'run/libvirt/libvirt-sock-ro')}&auth=sasl.SCRAM-SHA-256`,
  };
  return byWay[way] + file;
}

const virsh = (way: Way, who: string | null, ...args: string[]): Promise<Outcome> =>
  host.sandbox.run('virsh', ['-q', ...(way === 'unix' ? ['-r'] : []), '-c', uriOf(way, who), ...args]);

for (const way of ways)
  test.serial(`a client with the right password, or ticket, comes in by ${way}`, async t => {
    t.like(await virsh(way, 'right', 'list'), { status: 0, stderr: '' });
  });

for (const way of ['tcp', 'tls', 'unix'] as const)
  for (const [who, why] of [
    ['wrong', 'a wrong password'],
    ['unknown', 'a name that nobody has'],
    ['unwanted', 'a name that is not allowed'],
  ] as const)
    test.serial(`${why} does not let in by ${way}, and others go on`, async t => {
      const { status, stderr } = await virsh(way, who, 'list');
      t.is(status, 1);
      t.regex(stderr, /authentication failed/);
      t.is((await virsh(way, 'right', 'list')).status, 0);
    });

test.serial('virsh asks for name and password', async t => {
  using shell = host.terminal(['-c', uriOf('tls', null), 'hostname']);
  await shell.expect(/Please enter your authentication name:/);
  shell.type('fred\n');
  await shell.expect(/Please enter your password:/);
  shell.type('secret\n');
  t.is(await shell.ended(), 0);
});

const admin = (...args: string[]): Promise<string> => {
  const inPlace =
    'mount -t tmpfs none /run && mkdir /run/libvirt && mount --bind "$0" /run/libvirt && exec virt-admin "$@"';
  return host.sandbox.mustRun('unshare', ['--mount', 'sh', '-c', inPlace, join(root, 'run/libvirt'), ...args]);
};

test.serial('virt-admin shows who a client is', async t => {
  using client = host.terminal(['-c', uriOf('kerberos'), 'event', '--all', '--loop']);
  const id = await until('the client', async () => / (\d+) +tcp /.exec(await admin('client-list', 'libvirtd'))?.[1]);
  t.regex(
    await until('its name', async () => {
      const shown = await admin('client-info', 'libvirtd', id);
      return shown.includes('sasl_user_name') ? shown : null;
    }),
    /sasl_user_name *: jane/,
  );
  t.false(client.shown.includes('error'));
});

for (const way of ['tcp', 'kerberos'] as const)
  test.serial(`what is said over ${way} is protected`, async t => {
    const script = `
import libvirt, sys
def ask(wanted, _):
    for each in wanted: each[4] = 'fred' if each[0] == libvirt.VIR_CRED_AUTHNAME else 'secret'
    return 0
kinds = [libvirt.VIR_CRED_AUTHNAME, libvirt.VIR_CRED_PASSPHRASE]
connection = libvirt.openAuth(sys.argv[1], [kinds, ask, None])
print(connection.isSecure(), connection.isEncrypted())
`;
    const said = await host.sandbox.mustRun('/usr/bin/python3', ['-c', script, uriOf(way, null)]);
    t.is(said.trim(), '1 1');
  });

for (const way of ['tcp', 'kerberos', 'tls'] as const)
  test.serial(`a container starts, and has a console, over ${way}`, async t => {
    const tree = await busyboxRoot(join(host.directory, way));
    await host.define(
      `<domain type='lxc'><name>far</name><memory>100000</memory><os><type>exe</type><init>/bin/sh</init></os><devices>
        <filesystem><source dir='${tree}'/><target dir='/'/></filesystem><console type='pty'/></devices></domain>`,
    );
    using events = host.terminal(['-c', uriOf(way), 'event', '--all', '--loop']);
    // Its registration has come when its own call after it has been answered.
    await until('the watcher', async () => / tcp | tls /.test(await admin('client-list', 'libvirtd')));
    t.is((await virsh(way, 'right', 'start', 'far')).status, 0);
    using console = host.terminal(['-c', uriOf(way), 'console', 'far']);
    await console.expect(/Escape character/);
    console.type('echo $((6 * 7))\n');
    await console.expect(/\b42\b/);
    // Many of the layer's packets.
    console.type('seq 100000 120000; echo $((9 * 9))\n');
    await console.expect(/\b110000\b[^]*\b120000\b[^]*\b81\b/);
    t.is((await virsh(way, 'right', 'destroy', 'far')).status, 0);
    await events.expect(/lifecycle.*far.*Stopped/);
    t.is((await virsh(way, 'right', 'undefine', 'far')).status, 0);
  });

test.serial('a thousand domains are listed through the layer', async t => {
  const script = `
import libvirt, sys
connection = libvirt.open(sys.argv[1])
for number in range(1000):
    connection.defineXML(f"<domain type='lxc'><name>n{number:04}</name><memory>1000</memory><os><type>exe</type><init>/i</init></os></domain>")
`;
  await host.sandbox.mustRun('/usr/bin/python3', ['-c', script, host.uri], { deadline: 300_000 });
  for (const way of ways) {
    const { stdout } = await virsh(way, 'right', 'list', '--all', '--name');
    t.is(stdout.split('\n').filter(name => /^n\d{4}$/.test(name)).length, 1000, way);
    t.is((await virsh(way, 'right', 'domstats')).stdout.match(/^Domain:/gm)?.length, 1000, way);
  }
});

type Answer = readonly [code: number, text: string, seconds: number] | 'gone';
type Words = readonly [procedure: number] | readonly [procedure: number, data: string | null, mechanism?: string];

/** What each call of each connection is answered. */
async function wire(way: 'tcp' | 'unix', calls: readonly Words[], times = 1): Promise<Answer[][]> {
  const to = way === 'tcp' ? ['127.0.0.1', 16_509] : join(root, 'run/libvirt/libvirt-sock-ro');
  const input = JSON.stringify({ to, calls, times });
  const said = await host.sandbox.mustRun('/usr/bin/python3', [WIRE], { input, deadline: 300_000 });
  return said
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
}

const codes = (answers: readonly Answer[] = []): (number | string)[] =>
  answers.map(answer => (answer === 'gone' ? answer : answer[0]));

/** So that the mistakes of one test do not slow down the next. */
async function makeUp(): Promise<void> {
  for (const way of ['tcp', 'unix'] as const) await virsh(way, 'right', 'uri');
}

test.serial('over TCP only what protects the connection is offered', async t => {
  const [[tcp] = []] = await wire('tcp', [[SASL_INIT]]);
  const [[unix] = []] = await wire('unix', [[SASL_INIT]]);
  t.regex(String(tcp), /GSSAPI/);
  t.notRegex(String(tcp), /SCRAM/);
  t.regex(String(unix), /SCRAM-SHA-256/);
});

for (const way of ['tcp', 'unix'] as const)
  for (const [what, calls, expected] of [
    [
      'a start before the beginning',
      [[SASL_START, 'x', 'SCRAM-SHA-256'], [AUTH_LIST], [SASL_INIT]],
      [AUTH_FAILED, 0, 0],
    ],
    ['a step before the beginning', [[SASL_STEP, 'x'], [AUTH_LIST]], [AUTH_FAILED, 0]],
    ['a step before the start', [[SASL_INIT], [SASL_STEP, 'x'], [SASL_INIT]], [0, AUTH_FAILED, 0]],
    ['a second beginning', [[SASL_INIT], [SASL_INIT], [SASL_INIT]], [0, AUTH_FAILED, 0]],
    ['an unknown mechanism', [[SASL_INIT], [SASL_START, null, 'BOGUS'], [SASL_INIT]], [0, AUTH_FAILED, 0]],
    ['a mechanism that is not listed', [[SASL_INIT], [SASL_START, '\0fred\0secret', 'PLAIN']], [0, AUTH_FAILED]],
    [
      'a step after a failed one',
      [[SASL_INIT], [SASL_START, null, 'BOGUS'], [SASL_STEP, 'x']],
      [0, AUTH_FAILED, AUTH_FAILED],
    ],
    ['rubbish', [[SASL_INIT], [SASL_START, null, 'DIGEST-MD5'], [SASL_STEP, 'rubbish']], [0, 0, AUTH_FAILED]],
    ['65536 bytes', [[SASL_INIT], [SASL_START, 'x'.repeat(65_536), 'DIGEST-MD5']], [0, AUTH_FAILED]],
    ['65537 bytes', [[SASL_INIT], [SASL_START, 'x'.repeat(65_537), 'DIGEST-MD5'], [AUTH_LIST]], [0, RPC, 0]],
    [
      'another call',
      [[SASL_INIT], [SASL_START, null, 'DIGEST-MD5'], [157], [SASL_START, null, 'DIGEST-MD5']],
      [0, 0, RPC, 0],
    ],
  ] as const satisfies readonly (readonly [string, readonly Words[], readonly number[]])[])
    test.serial(`${what} is refused over ${way}`, async t => {
      t.teardown(makeUp);
      const [answers] = await wire(way, calls);
      t.deepEqual(codes(answers), [...expected]);
    });

test.serial('a connection has three attempts', async t => {
  t.teardown(makeUp);
  const attempt = [[SASL_INIT], [SASL_START, null, 'BOGUS']] as const;
  const [answers] = await wire('unix', [...attempt, ...attempt, ...attempt, [AUTH_LIST]]);
  t.deepEqual(codes(answers), [0, AUTH_FAILED, 0, AUTH_FAILED, 0, AUTH_FAILED, 'gone']);
});

test.serial('who guesses waits longer each time, on new connections too, and others do not', async t => {
  t.teardown(makeUp);
  const guess = [[SASL_INIT], [SASL_START, null, 'BOGUS']] as const;
  const answers = await wire('tcp', guess, 7);
  t.true(answers.every(each => codes(each).join() === `0,${AUTH_FAILED}`));
  const waits = answers.map(([, start]) => (start === undefined || start === 'gone' ? 0 : start[2]));
  t.true((waits[6] ?? 0) > 3, String(waits));
  t.is((await host.virsh(['list'])).status, 0);
  t.is((await virsh('unix', 'right', 'list')).status, 0);
});

test.serial('clients that come and go in the middle of it leave nothing behind', async t => {
  for (let round = 0; round < 20; round += 1) {
    const answers = await wire('unix', [[SASL_INIT]], 15);
    t.true(answers.every(each => codes(each).every(code => code === 0)));
  }
  t.is((await virsh('unix', 'right', 'list')).status, 0);
  t.regex(await admin('server-clients-info', 'libvirtd'), /nclients_unauth *: 0/);
});

test.serial('who goes in the middle of an attempt, or begins another, waits as if it had failed', async t => {
  t.teardown(makeUp);
  const start = [SASL_START, null, 'DIGEST-MD5'] as const;
  for (let round = 0; round < 3; round += 1) await wire('unix', [[SASL_INIT], start, start]);
  const [[, last] = []] = await wire('unix', [[SASL_INIT], start]);
  t.true(last !== undefined && last !== 'gone' && last[2] > 1, String(last));
});
