import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { hostPaths } from '../../drivers/contract/paths.ts';
import { ConfError, parseConf } from './conf-syntax.ts';
import { loadDaemonConfig } from './daemon-config.ts';
import { daemonKeys, libvirtdKeys, lxcKeys, networkKeys } from './daemon-keys.ts';
import { hostUuid, usableUuid } from './host-uuid.ts';
import { loadConf } from './load.ts';

const directory = mkdtempSync(join(tmpdir(), 'lxvirtd-config-'));
test.after.always(() => rmSync(directory, { recursive: true }));

let files = 0;
function fileWith(text: string): string {
  files += 1;
  const file = join(directory, `${files}.conf`);
  writeFileSync(file, text);
  return file;
}

/** A root whose /etc/libvirt holds `texts`. */
function rootWith(texts: Record<string, string>): ReturnType<typeof hostPaths> {
  files += 1;
  const paths = hostPaths(join(directory, `root${files}`));
  mkdirSync(paths.etc, { recursive: true });
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(paths.etc, name), text);
  return paths;
}

const valuesOf = (text: string): unknown =>
  Object.fromEntries([...parseConf(text, 'f')].map(([name, { value }]) => [name, value]));

const grammar = test.macro((t, text: string, expected: unknown) => {
  t.deepEqual(valuesOf(text), expected);
});
for (const [title, text, expected] of [
  ['an empty file', '', {}],
  ['comments, blank lines and blanks', '\n# a = 1\n\t # b\n  a \t=  2  # c\n\n', { a: 2 }],
  ['a last line without an end', 'a = 1\nb = 2', { a: 1, b: 2 }],
  ['line ends of other systems', 'a = 1\r\nb = 2\r\n', { a: 1, b: 2 }],
  ['statements on one line', 'a=1;b=2 ; c=3', { a: 1, b: 2, c: 3 }],
  ['whole numbers, signed and padded', 'a = -1\nb = +5\nc = 0010', { a: -1, b: 5, c: 10 }],
  [
    'both quotes, without escapes',
    String.raw`a = 'x "y"'${'\n'}b = "c:\new 'z'"`,
    { a: 'x "y"', b: String.raw`c:\new 'z'` },
  ],
  ['a string of several lines', 'a = """1:x\n2:y"""\nb = ""', { a: '1:x\n2:y', b: '' }],
  [
    'lists on one line, over lines, with a comma at the end, empty',
    'a = ["x", \'y\']\nb = [\n "x", # first\n "y",\n]\nc = []',
    { a: ['x', 'y'], b: ['x', 'y'], c: [] },
  ],
  ['the first of two equal names', 'a = 1\na = 2', { a: 1 }],
] as const)
  test(`the syntax knows ${title}`, grammar, text, expected);

const syntaxError = test.macro((t, text: string, expected: string) => {
  t.is(t.throws(() => parseConf(text, 'f.conf'), { instanceOf: ConfError }).message, `f.conf:${expected}`);
});
for (const [text, expected] of [
  ['a = 1\n\nlog_level = \n', '3: configuration file syntax error: expecting a value'],
  ['a', '1: configuration file syntax error: expecting an assignment'],
  ['a\n= 1', '1: configuration file syntax error: expecting an assignment'],
  ['a = 0x10', '1: configuration file syntax error: expecting a separator'],
  ['a = 1 b = 2', '1: configuration file syntax error: expecting a separator'],
  ['a = - 5', '1: configuration file syntax error: expecting a value'],
  ['a = true', '1: configuration file syntax error: expecting a value'],
  ['[table]', '1: configuration file syntax error: expecting a name'],
  ['1a = 1', '1: configuration file syntax error: expecting a name'],
  ['a.b = 1', '1: configuration file syntax error: expecting an assignment'],
  ['\ufeffa = 1', '1: configuration file syntax error: expecting a name'],
  ['# x\na = "open\n"', '2: configuration file syntax error: unterminated string'],
  ['a = """open', '1: configuration file syntax error: expecting a separator'],
  ['a = [ "x" "y" ]', '1: configuration file syntax error: expecting a separator in list'],
  ['a = [ "x"\n', '2: configuration file syntax error: expecting a separator in list'],
  ['a = [ , ]', '1: configuration file syntax error: expecting a string in list'],
  ['a = [ 1 ]', '1: configuration file syntax error: expecting a string in list'],
] as const)
  test(`the syntax refuses ${JSON.stringify(text)}`, syntaxError, text, expected);

test('libvirtd.conf has 49 keys and four of ours, virtlxcd.conf 33 and those four, lxc.conf 4', t => {
  t.is(Object.keys(libvirtdKeys).length, 53);
  t.is(Object.keys(libvirtdKeys).length - Object.keys(networkKeys).length, 37);
  t.is(Object.keys(lxcKeys).length, 4);
});

/** A value of a kind that the key's default is not. */
const wrongFor = (value: unknown): string =>
  typeof value === 'string' || value === null || Array.isArray(value) ? '5' : '["x"]';

for (const [name, key] of Object.entries({ ...libvirtdKeys, ...lxcKeys }))
  test(`${name} refuses a value of a wrong type, with its line`, t => {
    const file = fileWith(`# first line\n${name} = ${wrongFor(key.default)}\n`);
    const error = t.throws(() => loadConf({ ...libvirtdKeys, ...lxcKeys }, file, true), { instanceOf: ConfError });
    t.true(error.message.startsWith(`${file}:2: `), error.message);
    t.true(error.message.includes(name), error.message);
  });

const badValue = test.macro((t, line: string, expected: RegExp) => {
  t.throws(() => loadConf(libvirtdKeys, fileWith(line), true), { instanceOf: ConfError, message: expected });
});
for (const [line, expected] of [
  ['max_clients = -5', /:1: expected an unsigned integer for 'max_clients' parameter$/],
  ['max_clients = 4294967296', /:1: value for 'max_clients' parameter must be in range 0:4294967295$/],
  ['keepalive_interval = 2147483648', /must be in range -2147483648:2147483647$/],
  ['listen_tcp = 2', /value for 'listen_tcp' parameter must be 0 or 1$/],
  ['listen_tcp = -1', /expected a bool for 'listen_tcp' parameter$/],
  ['unix_sock_ro_perms = 777', /expected a string for 'unix_sock_ro_perms' parameter$/],
  ['unix_sock_ro_perms = "0999"', /Failed to parse mode '0999' of 'unix_sock_ro_perms'/],
  ['unix_sock_rw_perms = "7777"', /Failed to parse mode '7777'/],
  ['unix_sock_rw_perms = ""', /Failed to parse mode ''/],
  ['auth_unix_ro = "bogus"', /auth_unix_ro: unsupported auth bogus$/],
  ['tls_allowed_dn_list = "x"', /expected a string list for 'tls_allowed_dn_list' parameter$/],
  ['max_workers = 0', /'max_workers' must be at least 1$/],
  ['tcp_min_ssf = 1', /'tcp_min_ssf' must be at least 112$/],
  ['metrics_listen = "*:9177"', /:1: metrics_listen: '\*' is no address: 192\.0\.2\.1 or/],
  ['host_uuid_source = "bogus"', /invalid UUID source: bogus$/],
] as const)
  test(`a bad value is refused: ${line}`, badValue, line, expected);

const refused = test.macro((t, text: string, expected: RegExp, listen: boolean = false) => {
  const paths = rootWith({ 'libvirtd.conf': text });
  t.throws(() => loadDaemonConfig({ paths, file: null, listen }), { instanceOf: ConfError, message: expected });
});
for (const [text, expected] of [
  ['access_drivers = ["bogus"]', /access_drivers: there is no 'bogus', only none and polkit/],
  ['listen_as = ["virtqemud"]', /listen_as: there is no 'virtqemud', only libvirtd, virtproxyd, /],
  ['listen_as = []', /listen_as: without a daemon/],
  ['max_clients = 5', /'max_clients' must not be less than 'max_anonymous_clients'/],
  ['log_level = 5', /log_level: '5' is not one of/],
  ['unix_sock_group = "no such group"', /unix_sock_group: Failed to parse group 'no such group'/],
  ['host_uuid = "11111111-1111-1111-1111-111111111111"', /host_uuid: invalid host UUID/],
] as const)
  test(`a daemon does not start with ${text}`, refused, text, expected);
for (const [text, expected] of [
  ['auth_tls = "polkit"', /auth_tls: 'polkit' knows the users of this host only; use 'sasl'/],
  [
    'listen_tls = 0\nlisten_tcp = 1\nauth_tcp = "polkit"',
    /auth_tcp: 'polkit' knows the users of this host only; use 'sasl'/,
  ],
  ['tls_port = "https"', /tls_port: 'https' is not a port number/],
  ['tls_port = "65536"', /tls_port: '65536' is not a port number/],
] as const)
  test(`a daemon does not listen with ${text}`, refused, text, expected, true);

for (const [text, listen, ports] of [
  ['', true, { tls: 16_514, tcp: null }],
  ['', false, { tls: null, tcp: null }],
  ['listen_tls = 0', true, { tls: null, tcp: null }],
  ['listen_tcp = 1', true, { tls: 16_514, tcp: 16_509 }],
  ['listen_tcp = 1\nauth_tcp = "none"\ntls_port = "1"', true, { tls: 1, tcp: 16_509 }],
] as const)
  test(`with '${text}' and ${listen ? '' : 'without '}--listen the ports are ${JSON.stringify(ports)}`, t => {
    const paths = rootWith({ 'libvirtd.conf': text });
    t.deepEqual(loadDaemonConfig({ paths, file: null, listen }).ports, ports);
  });

test('without any file everything is as by default, and the sockets as in a build without polkit', t => {
  const config = loadDaemonConfig({ paths: rootWith({}), file: null, listen: false });
  t.is(config.file, null);
  t.deepEqual(config.warnings, []);
  t.is(config.settings.unix_sock_rw_perms, 0o700);
  t.is(config.settings.unix_sock_ro_perms, 0o777);
  t.is(config.settings.unix_sock_admin_perms, 0o700);
  t.is(config.settings.auth_unix_rw, 'none');
  t.is(config.settings.max_clients, 5000);
  t.is(config.settings.tls_port, '16514');
  t.is(config.socketGroup, null);
  t.false(config.lxc.security_default_confined);
});

test('what distributions ship is taken: group and modes of the sockets, no authentication', t => {
  const text =
    'unix_sock_group = "tty"\nunix_sock_ro_perms = "0777"\nunix_sock_rw_perms = "0770"\nauth_unix_ro = "none"\nauth_unix_rw = "none"\n';
  const config = loadDaemonConfig({ paths: rootWith({ 'libvirtd.conf': text }), file: null, listen: false });
  t.is(config.socketGroup, 5);
  t.is(config.settings.unix_sock_rw_perms, 0o770);
});

test('virtlxcd.conf serves a host without libvirtd.conf, and its keys of the network are unknown', t => {
  const both = rootWith({ 'libvirtd.conf': 'max_clients = 101', 'virtlxcd.conf': 'max_clients = 102' });
  t.is(loadDaemonConfig({ paths: both, file: null, listen: false }).settings.max_clients, 101);
  const modular = rootWith({ 'virtlxcd.conf': 'max_clients = 102\nlisten_tcp = 1\n' });
  const config = loadDaemonConfig({ paths: modular, file: null, listen: false });
  t.is(config.settings.max_clients, 102);
  t.false(config.settings.listen_tcp);
  t.deepEqual(config.warnings, [`${modular.etc}/virtlxcd.conf:2: 'listen_tcp' is not a key of this file, ignored`]);
});

test('unknown keys are warnings', t => {
  const { warnings } = loadConf(daemonKeys, fileWith('keepalive_required = 1\naudit_logging = 1\n'), true);
  t.is(warnings.length, 1);
  t.regex(warnings[0] ?? '', /:1: 'keepalive_required' is not a key of this file, ignored$/);
});

test('a file that the command line names must exist', t => {
  const paths = rootWith({});
  const file = join(directory, 'missing.conf');
  t.throws(() => loadDaemonConfig({ paths, file, listen: false }), {
    instanceOf: ConfError,
    message: /missing\.conf: Failed to open file/,
  });
});

test('a file without an end is refused', t => {
  t.throws(() => loadConf(lxcKeys, '/dev/zero', true), { instanceOf: ConfError, message: /larger than/ });
});

test('a host UUID that makers put on every board counts as none', t => {
  t.is(usableUuid('03000200-0400-0500-0006-000700080009\n'), '03000200-0400-0500-0006-000700080009');
  t.is(usableUuid('FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF'), null);
  t.is(usableUuid('xx'), null);
});

test('the UUID of the host comes from the firmware or from systemd, in the order asked for', t => {
  const sources = {
    smbios: fileWith('ABCDEF00-0000-0000-0000-000000000001'),
    machineId: fileWith('0123456789abcdef0123456789abcdef\n'),
  };
  t.is(hostUuid('smbios', sources), 'abcdef00-0000-0000-0000-000000000001');
  t.is(hostUuid('machine-id', sources), '01234567-89ab-cdef-0123-456789abcdef');
  t.is(hostUuid('smbios', { ...sources, smbios: '/nonexistent' }), '01234567-89ab-cdef-0123-456789abcdef');
  t.not(usableUuid(hostUuid('smbios', { smbios: '/nonexistent', machineId: '/nonexistent' })), null);
});
