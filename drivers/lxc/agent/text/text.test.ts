import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import test from 'ava';
import { findAccount, isAccountName } from './accounts.ts';
import { addKeys, isKey, parseKeys, removeKeys } from './authorized-keys.ts';
import { shown, TEXT_LIMIT } from './guest-text.ts';
import { parseLogins } from './login-records.ts';
import { parseMountInfo, visibleMounts } from './mount-info.ts';
import { parseOsRelease } from './os-release.ts';
import { isHash, isShadowed, withPassword } from './shadow.ts';
import { zoneAt } from './time-zone.ts';
import { zoneByRule } from './zone-rule.ts';
import { where } from '../../../../native/testing/where.ts';

const bytes = (text: string): Buffer => Buffer.from(text);

test('what is shown obeys no terminal and ends somewhere', t => {
  t.is(shown('a\u001b[31mb\u0000\u009b\u007f\n'), 'a\ufffd[31mb\ufffd\ufffd\ufffd\ufffd');
  t.is(shown('ä'.repeat(2000)).length, 1024);
  t.true(shown('x'.repeat(1023) + '😀').isWellFormed());
});

const releases: [string, string, Partial<ReturnType<typeof parseOsRelease>>][] = [
  ['bare words', 'ID=debian\nVERSION_ID=12', { id: 'debian', versionId: '12' }],
  [
    'quotes of both kinds',
    `NAME="Debian GNU/Linux"\nVERSION='12 (bookworm)'`,
    { name: 'Debian GNU/Linux', version: '12 (bookworm)' },
  ],
  [
    'escapes in double quotes',
    String.raw`PRETTY_NAME="a \"b\" \$c \\d \e"`,
    { prettyName: String.raw`a "b" $c \d \e` },
  ],
  ['no escapes in single quotes', String.raw`PRETTY_NAME='a \"b'`, { prettyName: String.raw`a \"b` }],
  ['the last of several', 'ID=one\nID=two', { id: 'two' }],
  ['comments and nonsense', '#ID=x\n ID\n=\nid=lower\n', { id: null, name: null }],
  ['blanks around a line', '  VARIANT=Server  \r\nVARIANT_ID=s', { variant: 'Server', variantId: 's' }],
  ['a lone quote', 'NAME="', { name: '"' }],
  ['as many blanks as a file holds', `NAME=a${' '.repeat(TEXT_LIMIT)}b\nID=c`, { id: 'c' }],
  ['what a terminal would obey', 'NAME="\u001b]0;x\u0007"', { name: '\ufffd]0;x\ufffd' }],
];

for (const [what, text, expected] of releases)
  test(`os-release: ${what}`, t => t.like(parseOsRelease(bytes(text)), expected));

test('os-release: bytes that are not UTF-8 are replaced', t => {
  t.is(parseOsRelease(Buffer.from('NAME=caf\xe9', 'latin1')).name, 'caf\ufffd');
});

const passwd = bytes(
  'root:x:0:0:root:/root:/bin/sh\nme:x:1000:1001:Me,,,:/home/me:/bin/sh\nme:x:1:1::/other:/bin/sh\n' +
    'short:x:1:1\nbig:x:4294967295:0::/:/bin/sh\nodd:x:0x1:0::/:/bin/sh\nrelative:x:1:1::home:/bin/sh\n+::::::\n',
);

test('passwd: the first line of a name counts', t => {
  t.deepEqual(findAccount(passwd, 'me'), { name: 'me', uid: 1000, gid: 1001, home: '/home/me' });
});

for (const name of ['nobody', 'short', 'big', 'odd', 'relative', ''])
  test(`passwd: '${name}' is no account`, t => t.is(findAccount(passwd, name), null));

for (const [name, valid] of [
  ['me', true],
  ['machine$', true],
  ['a.b-c_d@e', true],
  ['', false],
  ['..', false],
  ['a:b', false],
  ['a\nb', false],
  ['a/b', false],
  ['-x', false],
  ['x'.repeat(300), false],
] as const)
  test(`an account ${valid ? 'can' : 'cannot'} be called ${JSON.stringify(name).slice(0, 20)}`, t =>
    t.is(isAccountName(name), valid));

test('shadow: a new password changes its field and its date, and no other byte', t => {
  const file = Buffer.from('root:*:1:0:99999:7:::\nme:!:2:0:99999:7:::\nx:\xff:3:::::: \n', 'latin1');
  const after = withPassword('shadow', file, 'me', '$6$a$b', 20_000);
  t.is(after?.toString('latin1'), 'root:*:1:0:99999:7:::\nme:$6$a$b:20000:0:99999:7:::\nx:\xff:3:::::: \n');
});

test('shadow: a line that is too short gets its fields, one that is missing is not made', t => {
  t.is(withPassword('shadow', bytes('me:*'), 'me', 'h', 5)?.toString(), 'me:h:5::::::');
  t.is(withPassword('shadow', bytes('me2:*\n'), 'me', 'h', 5), null);
});

test('passwd: the password stands beside the name, if it is not in shadow', t => {
  const file = bytes('me::1:1::/:/bin/sh\nyou:x:2:2::/:/bin/sh\n');
  t.is(withPassword('passwd', file, 'me', 'h', 5)?.toString(), 'me:h:1:1::/:/bin/sh\nyou:x:2:2::/:/bin/sh\n');
  t.deepEqual([isShadowed(file, 'me'), isShadowed(file, 'you'), isShadowed(file, 'none')], [false, true, false]);
});

for (const [hash, valid] of [
  ['$6$salt$hash', true],
  ['!', true],
  ['', false],
  ['a:b', false],
  ['a\nroot::0:0', false],
  ['a b', false],
  ['ä', false],
] as const)
  test(`${JSON.stringify(hash)} ${valid ? 'can' : 'cannot'} stand in a field`, t => t.is(isHash(hash), valid));

const mountinfo = `22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
23 22 0:21 / /proc rw,nosuid - proc proc rw
24 22 7:3 /sub /srv/a\\040b\\134c rw,nodev master:2 propagate_from:1 - xfs /dev/loop3 ro
25 22 0:30 / /run rw - tmpfs tmpfs rw,size=1k
26 22 0:31 / /run rw - fuse.x  rw
not a mount
`;

test('mountinfo: fields, optional ones, escapes and empty sources', t => {
  const mounts = parseMountInfo(mountinfo);
  t.deepEqual(mounts[2], {
    id: 24,
    device: { major: 7, minor: 3 },
    root: '/sub',
    mountPoint: '/srv/a b\\c',
    type: 'xfs',
    source: '/dev/loop3',
    options: ['ro'],
  });
  t.deepEqual(
    mounts.map(({ id }) => id),
    [22, 23, 24, 25, 26],
  );
  t.is(mounts[4]?.source, '');
  t.deepEqual(
    visibleMounts(mounts).map(({ id }) => id),
    [22, 23, 24, 26],
  );
});

test("mountinfo: this process's own is understood line by line", t => {
  const text = readFileSync('/proc/self/mountinfo', 'utf8');
  t.is(parseMountInfo(text).length, text.trimEnd().split('\n').length);
});

/** struct utmp. */
function login(type: number, user: string, seconds: number, wide: boolean): Buffer {
  const record = Buffer.alloc(wide ? 400 : 384);
  record.writeInt16LE(type, 0);
  record.write(user, 44, 32, 'latin1');
  if (wide) record.writeBigInt64LE(BigInt(seconds), 344);
  else record.writeUInt32LE(seconds, 340);
  if (wide) record.writeBigInt64LE(250_000n, 352);
  else record.writeUInt32LE(250_000, 344);
  return record;
}

for (const [architecture, wide] of [
  ['x64', false],
  ['arm64', true],
] as const)
  test(`utmp of ${architecture}: each user once, with the first login, and nothing of a torn record`, t => {
    const records = [login(2, 'reboot', 1, wide), login(7, 'me', 500, wide), login(7, 'me', 400, wide)];
    const file = Buffer.concat([
      ...records,
      login(7, 'x'.repeat(40), 3_000_000_000, wide),
      login(7, 'torn', 1, wide).subarray(9),
    ]);
    t.deepEqual(parseLogins(file, architecture), [
      { user: 'me', microseconds: 400_250_000n },
      { user: 'x'.repeat(32), microseconds: 3_000_000_000_250_000n },
    ]);
  });

test('utmp of an architecture that is not known tells of nobody', t =>
  t.deepEqual(parseLogins(Buffer.alloc(384), 'other'), []));

const keys = bytes('# mine\nssh-ed25519 AAAA me@x\n\n  ssh-rsa BBBB  \n');

test('authorized_keys: comments and blanks are not keys', t => {
  t.deepEqual(parseKeys(keys), ['ssh-ed25519 AAAA me@x', 'ssh-rsa BBBB']);
});

test('authorized_keys: only new keys are added, each in a line of its own', t => {
  t.is(addKeys(bytes('a 1'), ['a 1', 'b 2', 'b 2']).toString(), 'a 1\nb 2\n');
  t.is(addKeys(keys, ['ssh-rsa BBBB']).toString(), keys.toString());
});

test('authorized_keys: removing a key leaves every other line', t => {
  t.is(removeKeys(keys, ['ssh-rsa BBBB', 'none']).toString(), '# mine\nssh-ed25519 AAAA me@x\n\n');
});

for (const [key, valid] of [
  ['ssh-rsa AAAA', true],
  ['from="10.0.0.0/8" ssh-rsa AAAA', true],
  ['', false],
  ['#x', false],
  ['a\nb', false],
  ['a\0', false],
  ['x'.repeat(20_000), false],
] as const)
  test(`${JSON.stringify(key).slice(0, 30)} is ${valid ? 'a key' : 'no key'}`, t => t.is(isKey(key), valid));

const at = (date: string): number => Date.parse(date) / 1000;

const rules: [string, string, string, number][] = [
  ['CET-1CEST,M3.5.0,M10.5.0/3', '2026-03-29T00:59:59Z', 'CET', 3600],
  ['CET-1CEST,M3.5.0,M10.5.0/3', '2026-03-29T01:00:00Z', 'CEST', 7200],
  ['CET-1CEST,M3.5.0,M10.5.0/3', '2026-10-25T00:59:59Z', 'CEST', 7200],
  ['CET-1CEST,M3.5.0,M10.5.0/3', '2026-10-25T01:00:00Z', 'CET', 3600],
  ['AEST-10AEDT,M10.1.0,M4.1.0/3', '2026-01-01T00:00:00Z', 'AEDT', 39_600],
  ['AEST-10AEDT,M10.1.0,M4.1.0/3', '2026-07-01T00:00:00Z', 'AEST', 36_000],
  ['EST5EDT', '2026-07-01T00:00:00Z', 'EDT', -14_400],
  ['<-03>3', '2026-01-01T00:00:00Z', '-03', -10_800],
  ['IST-5:30', '2026-01-01T00:00:00Z', 'IST', 19_800],
  ['IST-2IDT,M3.4.4/26,M10.5.0', '2026-03-26T23:59:59Z', 'IST', 7200],
  ['IST-2IDT,M3.4.4/26,M10.5.0', '2026-03-27T00:00:00Z', 'IDT', 10_800],
  ['XXX3YYY,J60/0,300/0', '2024-03-01T03:00:00Z', 'YYY', -7200],
  ['XXX3YYY,J60/0,300/0', '2024-02-29T12:00:00Z', 'XXX', -10_800],
];

for (const [rule, date, name, offset] of rules)
  test(`${rule} at ${date} is ${name}`, t => t.deepEqual(zoneByRule(rule, at(date)), { name, offset }));

for (const rule of ['', 'C', 'CET', 'CET-1CEST,M3.5.0', 'CET-1CEST,x,y', 'CET-1 '])
  test(`'${rule}' is no rule`, t => t.is(zoneByRule(rule, 0), null));

const zones = '/usr/share/zoneinfo';
const database = where(existsSync(`${zones}/Europe/Berlin`), 'time zone database');

const dates = ['1950-06-01', '1981-01-15', '1999-07-01', '2026-01-15', '2026-07-15', '2045-07-15'];
for (const zone of [
  'Europe/Berlin',
  'America/New_York',
  'America/Sao_Paulo',
  'Asia/Kolkata',
  'Australia/Sydney',
  'UTC',
])
  database(`${zone} is as date(1) has it`, t => {
    const file = readFileSync(`${zones}/${zone}`);
    for (const date of dates) {
      const [name = '', east = ''] = execFileSync('date', ['-d', `@${at(date)}`, '+%Z %:z'], {
        encoding: 'utf8',
        env: { ...process.env, TZ: `:${zone}`, LC_ALL: 'C' },
      }).split(/\s/);
      const [hours = 0, minutes = 0] = east.slice(1).split(':').map(Number);
      const offset = (hours * 3600 + minutes * 60) * (east.startsWith('-') ? -1 : 1);
      t.deepEqual(zoneAt(file, at(date)), { name, offset }, date);
    }
  });

test('a zone file that is torn anywhere gives no zone and no error', t => {
  t.is(zoneAt(Buffer.alloc(0), 0), null);
  t.is(zoneAt(bytes('TZif2'), 0), null);
  const whole = Buffer.concat([bytes('TZif2'), Buffer.alloc(15), Buffer.alloc(24, 0xff), Buffer.alloc(100)]);
  for (let end = 0; end <= whole.length; end += 1) t.is(zoneAt(whole.subarray(0, end), 0), null);
});
