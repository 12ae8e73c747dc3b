import test from 'ava';
import type { Host } from './harness/host.ts';
import { openPolkitHost, type PolkitHost } from './harness/polkit.ts';
import type { Outcome } from './harness/run.ts';
import { until } from './harness/until.ts';
import { mustVirtAdmin } from './harness/virt-admin.ts';

/** Users that every Debian has, by what the rules below let them do. */
const users = { looker: 'daemon', web: 'bin', starter: 'sys', nobody: 'games', typist: 'man' } as const;

const RULES = `
polkit.addAdminRule(function () { return ["unix-user:root"]; });
polkit.addRule(function (action, subject) {
  var Result = polkit.Result;
  var user = subject.user;
  if (action.id == "org.libvirt.unix.manage")
    return user == "${users.nobody}" ? Result.NO : user == "${users.typist}" ? Result.AUTH_ADMIN : Result.YES;
  if (action.lookup("connect_driver") !== undefined && action.lookup("connect_driver") != "LXC") return Result.NO;
  if (user == "${users.web}" && action.id.indexOf("org.libvirt.api.domain.") == 0) {
    var name = action.lookup("domain_name");
    return name.indexOf("web-") == 0 && action.lookup("domain_uuid").length == 36 ? Result.YES : Result.NO;
  }
  if (user == "${users.web}" && action.id == "org.libvirt.api.connect.write") return Result.YES;
  if (user == "${users.starter}" && /^org[.]libvirt[.]api[.]domain[.](start|stop)$/.test(action.id)) return Result.YES;
  if (user == "${users.starter}" && action.id == "org.libvirt.api.secret.read-secure")
    return action.lookup("secret_usage_target") == "known" ? Result.YES : Result.NO;
});
`;

let polkit: PolkitHost;
let host: Host;

const domainXml = (name: string, uuid = ''): string =>
  `<domain type="lxc"><name>${name}</name>${uuid}<memory unit="MiB">64</memory><os><type>exe</type><init>/bin/sh</init></os><devices><console type="pty"/></devices></domain>`;

test.before(async () => {
  polkit = await openPolkitHost(RULES);
  ({ host } = polkit);
  for (const name of ['web-one', 'web-two', 'database']) await host.define(domainXml(name));
});
test.after.always(() => polkit[Symbol.asyncDispose]());

type User = (typeof users)[keyof typeof users];

const asUser = (user: User, ...args: string[]): Promise<Outcome> => polkit.asUser(user, ...args);
const virsh = (user: User, ...args: string[]): Promise<Outcome> => polkit.virsh(user, ...args);

const DENIED = /error: access denied: 'LXC' denied access/;

const document = (name: string, xml: string): Promise<string> => host.file(name, xml);

const denied = test.macro({
  title: (_, user: User, ...args: string[]) => `${user} is denied ${args.join(' ')}`,
  async exec(t, user: User, ...args: string[]) {
    const { status, stderr } = await virsh(user, ...args);
    t.is(status, 1);
    t.regex(stderr, DENIED);
  },
});

test('who may not connect is told by libvirt’s words', async t => {
  const { status, stderr } = await virsh(users.nobody, 'list');
  t.is(status, 1);
  t.regex(stderr, /error: authentication failed: access denied by policy/);
  t.is((await asUser(users.nobody, 'virsh', '-q', '-c', host.readOnlyUri, 'list', '--all')).status, 0);
});

test('where a password is wanted and nobody can be asked for it, that is what is said', async t => {
  const { stderr } = await virsh(users.typist, 'list');
  t.regex(
    stderr,
    /authentication unavailable: no polkit agent available to authenticate action 'org\.libvirt\.unix\.manage'/,
  );
});

/** The agent belongs to the process that becomes virsh: one that virsh starts itself counts only in a session of logind's. */
const WITH_AGENT = 'pkttyagent --process $$ & sleep 3; exec virsh "$@"';

test('a user types the password at a terminal, and is let in', async t => {
  using terminal = polkit.terminal(
    users.typist,
    'sh',
    '-c',
    WITH_AGENT,
    'virsh',
    '-c',
    host.uri,
    'list',
    '--all',
    '--name',
  );
  await terminal.expect(/Password:/);
  terminal.type('secret\n');
  await terminal.expect(/web-one/);
  t.is(await terminal.ended(), 0);
});

test('root needs neither polkit’s rules nor a password', async t => {
  t.is((await host.mustVirsh('list', '--all', '--name')).trim().split('\n').length, 3);
});

test('who may only look sees everything and changes nothing', async t => {
  t.regex((await virsh(users.looker, 'list', '--all', '--name')).stdout, /database[^]*web-one[^]*web-two/);
  t.regex((await virsh(users.looker, 'dominfo', 'database')).stdout, /shut off/);
  t.is((await virsh(users.looker, 'dumpxml', 'database')).status, 0);
});
for (const args of [
  ['start', 'database'],
  ['undefine', 'database'],
  ['autostart', 'database'],
  ['setmaxmem', 'database', '65536', '--config'],
  ['dumpxml', '--security-info', 'database'],
])
  test(denied, users.looker, ...args);

test('who may see names with a prefix sees no others', async t => {
  const listed = (await virsh(users.web, 'list', '--all', '--name')).stdout.trim().split('\n');
  t.true(listed.includes('web-one') && listed.every(name => name.startsWith('web-')));
  const { stdout } = await virsh(users.web, 'domstats', '--state');
  t.regex(stdout, /web-one/);
  t.notRegex(stdout, /database/);
  t.regex((await virsh(users.web, 'domstate', 'database')).stderr, /failed to get domain 'database'/);
});

test('a document with another domain’s UUID is refused', async t => {
  const uuid = (await host.mustVirsh('domuuid', 'database')).trim();
  const forged = await document('forged.xml', domainXml('web-one', `<uuid>${uuid}</uuid>`));
  const { status } = await virsh(users.web, 'define', forged);
  t.is(status, 1);
  t.is((await host.mustVirsh('domname', uuid)).trim(), 'database');
});

test('who may define names with a prefix cannot define others', async t => {
  t.is(
    (
      await virsh(
        users.web,
        'define',
        await document('three.xml', domainXml('web-three', '<uuid>a3c0ee09-5f65-4ef8-8ff9-7e9f55cd4a27</uuid>')),
      )
    ).status,
    0,
  );
  t.regex((await virsh(users.web, 'define', await document('mail.xml', domainXml('mail')))).stderr, DENIED);
  t.is((await virsh(users.web, 'undefine', 'web-three')).status, 0);
});
test('a read-only client changes nothing, whatever the rules say', async t => {
  const { stderr } = await asUser(users.web, 'virsh', '-q', '-c', host.readOnlyUri, 'undefine', 'web-two');
  t.regex(stderr, /operation forbidden: read only access prevents virDomainUndefine/);
});

test('events come only of what the client may see', async t => {
  using events = polkit.terminal(
    users.web,
    'virsh',
    '-c',
    host.uri,
    'event',
    '--event',
    'lifecycle',
    '--loop',
    '--timeout',
    '120',
  );
  await until('the client', async () => /bin/.test(await clientsOfDaemon()));
  await host.define(domainXml('mail-box'));
  await host.define(domainXml('web-box'));
  await events.expect(/event 'lifecycle' for domain 'web-box': Defined/);
  t.notRegex(events.shown, /mail-box/);
  await host.mustVirsh('undefine', 'mail-box');
  await host.mustVirsh('undefine', 'web-box');
});

/** The users of its clients, as virt-admin tells them. */
async function clientsOfDaemon(): Promise<string> {
  const ids = [...(await mustVirtAdmin(host, 'client-list', 'libvirtd')).matchAll(/^ (\d+) /gm)].map(
    match => match[1] ?? '',
  );
  const infos = await Promise.all(ids.map(id => mustVirtAdmin(host, 'client-info', 'libvirtd', id).catch(() => '')));
  return infos.join('\n');
}

test('who may start and not define does so', async t => {
  await host.define(domainXml('short'));
  const started = await virsh(users.starter, 'start', 'short');
  t.is(started.status, 0, started.stderr);
  t.is((await virsh(users.starter, 'destroy', 'short')).status, 0);
  t.regex((await virsh(users.starter, 'define', await document('new.xml', domainXml('new')))).stderr, DENIED);
  t.regex((await virsh(users.starter, 'undefine', 'short')).stderr, DENIED);
  await host.mustVirsh('undefine', 'short');
});

test('a rule can tell secrets by what they are for', async t => {
  const value = Buffer.from('value').toString('base64');
  const uuids = { known: '3d5b7d2c-27ec-4b2b-9d3e-6a3f6a8f4a01', other: '3d5b7d2c-27ec-4b2b-9d3e-6a3f6a8f4a02' };
  for (const [target, uuid] of Object.entries(uuids)) {
    const xml = `<secret><uuid>${uuid}</uuid><usage type="iscsi"><target>${target}</target></usage></secret>`;
    await host.mustVirsh('secret-define', await document(`${target}.xml`, xml));
    await host.mustVirsh('secret-set-value', uuid, value);
  }
  t.is((await virsh(users.starter, 'secret-get-value', uuids.known)).stdout.trim(), value);
  t.regex((await virsh(users.starter, 'secret-get-value', uuids.other)).stderr, DENIED);
});

test('a proxy speaks for another: what it may do is what that one may, and virt-admin shows who it is', async t => {
  const script = `
import libvirt, sys
libvirt.registerErrorHandler(lambda *_: None, None)
connection = libvirt.open(sys.argv[1])
connection.setIdentity({'unix-user-id': 1, 'unix-user-name': 'someone', 'process-id': 1, 'process-time': int(open('/proc/1/stat').read().rsplit(')')[1].split()[19])}, 0)
print(sorted(domain.name() for domain in connection.listAllDomains()))
sys.stdout.flush()
try:
    connection.lookupByName('web-one').undefine()
except libvirt.libvirtError as error:
    print(error.get_error_code(), error.get_error_message())
sys.stdout.flush()
sys.stdin.read()
`;
  using proxy = polkit.terminal(users.web, '/usr/bin/python3', await document('proxy.py', script), host.uri);
  await proxy.expect(/database.*web-one/);
  await proxy.expect(/88 access denied: 'LXC' denied access/);
  t.regex(await clientsOfDaemon(), /unix_user_name *: someone/);
});

test('who may not, speaks for nobody', async t => {
  const script = `
import libvirt, sys
libvirt.registerErrorHandler(lambda *_: None, None)
connection = libvirt.open(sys.argv[1])
try:
    connection.setIdentity({'unix-user-id': 0}, 0)
except libvirt.libvirtError as error:
    print(error.get_error_code(), error.get_error_domain())
`;
  const file = await document('pretender.py', script);
  t.is((await asUser(users.looker, '/usr/bin/python3', file, host.uri)).stdout.trim(), '88 55');
});
