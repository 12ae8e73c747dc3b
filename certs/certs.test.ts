import { execFile } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { checkPair, type CheckedPair } from './check-pair.ts';
import { pkiPlaces, type PkiPlaces } from './places.ts';

const execute = promisify(execFile);
const PKI = join(import.meta.dirname, '../bin/lxvirtd-pki');

interface Outcome {
  readonly status: number;
  readonly output: string;
}

async function run(program: string, ...args: string[]): Promise<Outcome> {
  try {
    const { stdout, stderr } = await execute(program, args);
    return { status: 0, output: stdout + stderr };
  } catch (error) {
    if (!(error instanceof Error && 'stdout' in error && 'stderr' in error && 'code' in error)) throw error;
    return { status: Number(error.code), output: `${String(error.stdout)}${String(error.stderr)}` };
  }
}

function newRoot(t: ExecutionContext): string {
  const root = mkdtempSync(join(tmpdir(), 'lxvirtd-pki-'));
  t.teardown(() => rmSync(root, { recursive: true }));
  return root;
}

/** An authority with a server and a client: made once, as keys take their time, and copied for each test. */
const first = mkdtempSync(join(tmpdir(), 'lxvirtd-pki-'));
test.before(async t => {
  t.is((await run(PKI, '--root', first, 'try')).status, 0);
});
test.after.always(() => rmSync(first, { recursive: true }));

function tried(t: ExecutionContext): { root: string; places: PkiPlaces } {
  const root = newRoot(t);
  cpSync(first, root, { recursive: true });
  return { root, places: pkiPlaces(root) };
}

function verify({ authority }: PkiPlaces, certificate: string): Promise<Outcome> {
  const trusted = ['--load-ca-certificate', authority.certificate, '--load-crl', authority.revocationList];
  return run('certtool', '--verify', ...trusted, '--infile', certificate);
}

const modeOf = (path: string): number => statSync(path).mode & 0o777;

test('one command gives a pair that GnuTLS trusts, and keys are for root alone', async t => {
  const { root, places } = tried(t);
  for (const { certificate, key } of [places.server, places.client]) {
    t.regex((await verify(places, certificate)).output, /The certificate is trusted/);
    t.deepEqual([modeOf(certificate), modeOf(key)], [0o644, 0o600]);
  }
  t.is(modeOf(places.authority.key), 0o600);
  t.deepEqual(await run(PKI, '--root', root, 'check'), { status: 0, output: 'ok\n' });
  t.is((await run('virt-pki-query-dn', places.client.certificate)).output, `O=lxvirtd on ${hostname()},CN=root\n`);
  t.deepEqual(
    readdirSync(join(root, 'etc/pki/libvirt/private')).filter(name => name.startsWith('.')),
    [],
  );
});

test("libvirt's own check agrees, but for wanting the client's key to be readable by everybody", async t => {
  const { root } = tried(t);
  const inPlace = 'mkdir -p /etc/pki && mount --bind "$0/etc/pki" /etc/pki && exec virt-pki-validate';
  const { status, output } = await run('unshare', '--mount', 'sh', '-c', inPlace, root);
  t.is(status, 0, output);
  t.deepEqual(
    output.split('\n').filter(line => /does not|do not|missing|should/i.test(line)),
    [],
  );
});

test('a revoked client is refused, others are not', async t => {
  const { root, places } = tried(t);
  t.regex((await run(PKI, '--root', root, 'revoke', 'root')).output, /revoked: [0-9A-F]{32} root/);
  t.regex((await verify(places, places.client.certificate)).output, /NOT trusted.*revoked/);
  t.regex((await verify(places, places.server.certificate)).output, /The certificate is trusted/);
  t.regex((await run(PKI, '--root', root, 'show')).output, /revoked {2}root/);
  t.regex((await run(PKI, '--root', root, 'revoke', 'root')).output, /no valid certificate of 'root'/);
});

const names = (text: string): string[] => text.match(/(?:DNSname|IPAddress): \S+/g) ?? [];

test('a renewed server has a new key, and the same names', async t => {
  const { root, places } = tried(t);
  const dates = async (): Promise<string> =>
    (await run('certtool', '--certificate-info', '--infile', places.server.certificate)).output;
  const before = await dates();
  t.is((await run(PKI, '--root', root, '--days', '700', 'renew', 'server')).status, 0);
  const after = await dates();
  t.deepEqual(names(after), names(before));
  t.true(names(after).includes('IPAddress: 127.0.0.1'));
  t.not(/Serial.*/.exec(after)?.[0], /Serial.*/.exec(before)?.[0]);
  t.regex((await verify(places, places.server.certificate)).output, /The certificate is trusted/);
});

test('what another host needs lies apart, without the key of the authority', async t => {
  const { root } = tried(t);
  const out = join(root, 'out');
  t.is((await run(PKI, '--root', root, '--out', out, 'server', 'far.example.org', '192.0.2.7')).status, 0);
  const there = pkiPlaces(out);
  t.regex((await verify(there, there.server.certificate)).output, /The certificate is trusted/);
  t.false(existsSync(there.authority.key));
});

for (const [args, text] of [
  [['server'], /make an authority with 'lxvirtd-pki ca'/],
  [['client'], /client takes one operand/],
  [['client', 'a/b'], /'a\/b' cannot be the name of a client/],
  [['server', 'a b'], /'a b' is neither a host name nor an address/],
  [['--days', '0', 'ca'], /--days 0: not 1 to 36500/],
  [['renew', 'x'], /renew: 'server' or 'client'/],
  [['check'], /neither .*servercert.pem nor a client's is there/],
  [['nope'], /no command 'nope'/],
  [['--what'], /Unknown option '--what'/],
] as const)
  test(`'${args.join(' ')}' says what is wrong`, async t => {
    const { status, output } = await run(PKI, '--root', newRoot(t), ...args);
    t.is(status, 1);
    t.regex(output, text);
  });

test('an authority is not replaced', async t => {
  const { root } = tried(t);
  t.regex((await run(PKI, '--root', root, 'ca')).output, /cacert.pem is there already/);
});

const days = (count: number): Date => new Date(Date.now() + count * 86_400_000);

test('each fault of a pair is named, with what to do', async t => {
  const { root, places } = tried(t);
  const foreign = join(root, 'foreign');
  t.is((await run(PKI, '--root', foreign, 'ca')).status, 0);
  const pair: CheckedPair = {
    ...places.server,
    use: 'server',
    authority: places.authority.certificate,
    hosts: [hostname()],
  };
  const faults = (change: Partial<CheckedPair>, now?: Date): string =>
    checkPair({ ...pair, ...change }, now)
      .map(({ severity, text }) => `${severity}: ${text.replaceAll(root, '')}`)
      .join('\n');
  t.is(faults({}), '');
  t.regex(faults({}, days(350)), /^warning: .*servercert.pem expires at .*renew it soon$/);
  t.regex(faults({}, days(400)), /^error: .*servercert.pem has expired at .*: renew it$/);
  t.regex(faults({}, days(-1)), /^error: .*cacert.pem is not valid before .*: is the clock right\?/);
  t.regex(faults({ hosts: ['elsewhere'] }), /^warning: .* is not for 'elsewhere': clients .* refuse it$/);
  t.regex(faults({ authority: pkiPlaces(foreign).authority.certificate }), /was not issued by/);
  t.regex(faults({ key: places.client.key }), /is not the key of/);
  t.regex(faults({ ...places.client }), /is not for a server \(extended key usage\)/);
  t.regex(faults({ authority: places.server.certificate }), /is not the certificate of an authority/);
  t.regex(faults({ key: join(root, 'nowhere') }), /^error: \/nowhere cannot be read: ENOENT/);
  chmodSync(places.server.key, 0o640);
  t.regex(faults({}), /^error: .*serverkey.pem can be read by others: chmod 600/);
  copyFileSync(places.client.key, join(root, 'broken'));
  writeFileSync(join(root, 'broken'), 'not a key');
  t.throws(() => faults({ certificate: join(root, 'broken') }));
});
