import test from 'ava';
import { isAllowed } from './distinguished-name.ts';
import { tlsPolicy } from './priority.ts';

const NAME = 'C=GB,O=Example,CN=client.example.org';

for (const [pattern, allowed] of [
  [NAME, true],
  ['C=GB,O=Example,CN=*', true],
  ['*', true],
  ['C=GB,*,CN=client.????pl?.org', true],
  ['*CN=client*org*', true],
  ['C=GB,O=Example', false],
  ['CN=client.example.org', false],
  ['C=GB,O=Example,CN=other*', false],
  ['*?????????????????????????????????????', false],
  ['', false],
] as const)
  test(`the pattern '${pattern}' lets the client ${allowed ? '' : 'not '}in`, t => {
    t.is(isAllowed(NAME, [pattern]), allowed);
    t.is(isAllowed(NAME, ['C=XX', pattern]), allowed);
  });

test('a pattern of many stars takes no time', t => {
  t.false(isAllowed('a'.repeat(5000), [`${'a*'.repeat(100)}b`]));
});

for (const [priority, minVersion, maxVersion, ciphers] of [
  [null, 'TLSv1.2', 'TLSv1.3', null],
  ['NORMAL', 'TLSv1.2', 'TLSv1.3', null],
  ['@LIBVIRT,SYSTEM', 'TLSv1.2', 'TLSv1.3', null],
  ['NORMAL:-VERS-TLS1.3', 'TLSv1.2', 'TLSv1.2', null],
  ['NORMAL:-VERS-ALL:+VERS-TLS1.3', 'TLSv1.3', 'TLSv1.3', null],
  ['NORMAL:-VERS-TLS-ALL:+VERS-TLS1.2:%SERVER_PRECEDENCE', 'TLSv1.2', 'TLSv1.2', null],
  ['SECURE256:!VERS-TLS1.0', 'TLSv1.2', 'TLSv1.3', 'AES256:CHACHA20:!aNULL:!eNULL'],
] as const)
  test(`tls_priority ${priority ?? 'unset'} is ${minVersion} to ${maxVersion}`, t => {
    t.deepEqual(tlsPolicy(priority), { minVersion, maxVersion, ciphers });
  });

for (const [priority, problem] of [
  ['NORMAL:-AES-128-GCM', /'-AES-128-GCM' cannot be honoured/],
  ['NORMAL:-VERS-ALL', /leaves no version of TLS/],
  ['BOGUS', /'BOGUS' cannot be honoured/],
] as const)
  test(`tls_priority ${priority} is refused`, t => {
    t.throws(() => tlsPolicy(priority), { message: problem });
  });
