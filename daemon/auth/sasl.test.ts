import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { hostOf } from '../rpc/source.ts';
import { BackOff } from './back-off.ts';
import { offeredMechanisms } from './sasl-mechanisms.ts';

/** A clock that goes on when it is told to. */
function atOnce() {
  const clock = { now: 0 };
  return { clock, backOff: new BackOff(() => clock.now) };
}

const failTimes = (backOff: BackOff, source: string, times: number): void => {
  for (let count = 0; count < times; count += 1) backOff.failed(source);
};

test('two mistakes cost nothing', t => {
  const { backOff } = atOnce();
  failTimes(backOff, 'a', 2);
  t.is(backOff.reserve('a'), 0);
});

test('each further mistake doubles the wait, up to a quarter of a minute', t => {
  const { clock, backOff } = atOnce();
  failTimes(backOff, 'a', 2);
  for (const wait of [500, 1000, 2000, 4000, 8000, 15_000, 15_000]) {
    backOff.failed('a');
    t.is(backOff.reserve('a'), wait);
    clock.now += wait;
  }
  t.is(backOff.reserve('b'), 0);
});

test('attempts at the same time wait for each other, and too many are refused', t => {
  const { backOff } = atOnce();
  failTimes(backOff, 'a', 8);
  t.deepEqual(
    [1, 2, 3, 4].map(() => backOff.reserve('a')),
    [15_000, 30_000, null, null],
  );
});

test('a success, and ten minutes without a mistake, make up for all', t => {
  const { clock, backOff } = atOnce();
  failTimes(backOff, 'a', 8);
  backOff.succeeded('a');
  t.is(backOff.reserve('a'), 0);
  failTimes(backOff, 'a', 8);
  clock.now += 600_001;
  t.is(backOff.reserve('a'), 0);
});

test('only so many who have failed are remembered', t => {
  const { backOff } = atOnce();
  failTimes(backOff, 'first', 5);
  for (let count = 0; count < 10_000; count += 1) backOff.failed(`10.0.${count >> 8}.${count & 255}`);
  t.is(backOff.reserve('first'), 0);
  failTimes(backOff, '10.0.0.1', 5);
  t.not(backOff.reserve('10.0.0.1'), 0);
});

for (const [address, source] of [
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
] as const)
  test(`${address} counts as ${source}`, t => t.is(hostOf(address), source));

for (const [what, text, offered, refused] of [
  ['no file', null, ['SCRAM-SHA-256', 'GSSAPI', 'PLAIN'], ['DIGEST-MD5', 'CRAM-MD5', 'NTLM', 'digest-md5']],
  ['a file without a list', 'sasldb_path: /x\n#mech_list: digest-md5\n', ['GSSAPI'], ['DIGEST-MD5']],
  ['a list', '# x\nmech_list: gssapi  scram-sha-256\n', ['GSSAPI', 'SCRAM-SHA-256', 'gssapi'], ['PLAIN', 'DIGEST-MD5']],
  ['a list that wants it', 'mech_list : digest-md5', ['DIGEST-MD5'], ['GSSAPI']],
  ['an empty list', 'mech_list:\nkeytab: /x', [], ['GSSAPI', 'KEYTAB:', '/X']],
] as const)
  test(`with ${what}, ${offered.length === 0 ? 'nothing' : offered.join(' and ')} can be offered`, t => {
    const directory = mkdtempSync(join(tmpdir(), 'lxvirtd-sasl-'));
    if (text !== null) writeFileSync(join(directory, 'libvirt.conf'), text);
    const offers = offeredMechanisms(directory);
    rmSync(directory, { recursive: true });
    for (const mechanism of offered) t.true(offers(mechanism), mechanism);
    for (const mechanism of refused) t.false(offers(mechanism), mechanism);
  });
