import { cp, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type Host, openHost } from './harness/host.ts';
import { busyboxRoot, debianRoot, inTree } from './harness/roots.ts';
import { mustRun, type Outcome } from './harness/run.ts';
import { openTerminal } from './harness/terminal.ts';
import { mustVirtAdmin } from './harness/virt-admin.ts';

/** virsh of three releases of Debian over TLS: what it can do, and how it tells of certificates that will not do. */
const suites = ['bullseye', 'bookworm', 'trixie'] as const;
type Suite = (typeof suites)[number];

let host: Host;
/** What the clients see as /mnt: a directory of certificates for each of them. */
let shared: string;
const trees = new Map<Suite, string>();

const PKI = join(import.meta.dirname, '../bin/lxvirtd-pki');
const DAY_MS = 86_400_000;
const pki = (...args: string[]): Promise<string> => mustRun(PKI, args);

/** So many days from now, in certtool's way. */
const at = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 19).replace('T', ' ');

/** A certificate of the daemon's authority with whatever is wanted in it, which lxvirtd-pki would not make. */
async function certify(root: string, file: string, key: string, begins: number, ends: number, lines: string[]) {
  const dates = [`activation_date = "${at(begins)} UTC"`, `expiration_date = "${at(ends)} UTC"`];
  const template = `${file}.template`;
  await writeFile(
    template,
    ['organization = "Test"', ...dates, ...lines, 'signing_key', 'encryption_key', ''].join('\n'),
  );
  const authority = (path: string): string => join(root, 'etc/pki/CA', path);
  const signer = [
    '--load-ca-certificate',
    authority('cacert.pem'),
    '--load-ca-privkey',
    authority('private/cakey.pem'),
  ];
  await mustRun('certtool', [
    '--generate-certificate',
    '--load-privkey',
    key,
    ...signer,
    '--template',
    template,
    '--outfile',
    file,
  ]);
}

const odd = {
  expired: { begins: -3, ends: -1, lines: ['cn = "expired"', 'tls_www_client'] },
  early: { begins: 2, ends: 3, lines: ['cn = "early"', 'tls_www_client'] },
  purpose: { begins: -1, ends: 2, lines: ['cn = "purpose"', 'tls_www_server'] },
} as const;

const expiredServer = (root: string): string => join(root, 'expired-server.pem');

async function makeCertificates(root: string): Promise<void> {
  shared = join(root, 'clients');
  await pki('--root', root, 'ca', '--name', 'Test');
  const serverKey = join(root, 'etc/pki/libvirt/private/serverkey.pem');
  await pki('--root', root, 'server', '127.0.0.1');
  for (const name of ['good', 'revoked']) {
    await pki('--root', root, '--out', join(root, name), 'client', name);
    await clientDirectory(root, join(root, name), name);
  }
  await pki('--root', root, 'revoke', 'revoked');
  await pki('--root', join(root, 'foreign'), 'ca');
  await pki('--root', join(root, 'foreign'), 'client', 'good');
  await clientDirectory(root, join(root, 'foreign'), 'foreign');
  // Trusts another authority than the server's.
  await clientDirectory(join(root, 'foreign'), join(root, 'good'), 'distrustful');
  for (const [name, { begins, ends, lines }] of Object.entries(odd)) {
    await clientDirectory(root, join(root, 'good'), name);
    const directory = join(shared, name);
    await certify(root, join(directory, 'clientcert.pem'), join(directory, 'clientkey.pem'), begins, ends, [...lines]);
  }
  await certify(root, expiredServer(root), serverKey, -3, -1, [
    'cn = "127.0.0.1"',
    'ip_address = "127.0.0.1"',
    'tls_www_server',
  ]);
  await mkdir(join(root, 'etc/libvirt'), { recursive: true });
  await writeFile(
    join(root, 'etc/libvirt/libvirtd.conf'),
    // The daemon itself would not serve with a certificate that has expired.
    'listen_addr = "0.0.0.0"\ntls_no_sanity_certificate = 1\n',
  );
}

/** All three files of a client in one directory, as its URI's pkipath wants them. */
async function clientDirectory(trusted: string, pkiRoot: string, name: string): Promise<void> {
  const directory = join(shared, name);
  await mkdir(directory, { recursive: true });
  const files = [
    [trusted, 'CA/cacert.pem'],
    [pkiRoot, 'libvirt/clientcert.pem'],
    [pkiRoot, 'libvirt/private/clientkey.pem'],
  ] as const;
  for (const [from, path] of files)
    await copyFile(join(from, 'etc/pki', path), join(directory, path.slice(path.lastIndexOf('/') + 1)));
}

test.before(async t => {
  t.timeout(900_000, 'the Debian roots are made the first time');
  for (const suite of suites) trees.set(suite, await debianRoot(suite));
  host = await openHost({ prepare: makeCertificates, options: ['--listen'] });
  const root = await busyboxRoot(join(host.directory, 'root'));
  for (const suite of suites)
    await writeFile(
      join(shared, `${suite}.xml`),
      `<domain type='lxc'><name>${suite}</name><memory>100000</memory><os><type>exe</type><init>/bin/sh</init></os><devices>
        <filesystem><source dir='${root}'/><target dir='/'/></filesystem><console type='pty'/></devices></domain>`,
    );
});
test.after.always(() => host?.[Symbol.asyncDispose]());

const uriOf = (client: string, address: string, extra = ''): string =>
  `lxc+tls://${address}/system?pkipath=/mnt/${client}${extra}`;

const commandLine = (suite: Suite, uri: string, args: readonly string[]): string[] => [
  ...inTree(trees.get(suite) ?? '', shared),
  'virsh',
  '-q',
  '-c',
  uri,
  ...args,
];

function virsh(suite: Suite, uri: string, ...args: string[]): Promise<Outcome> {
  const [command = '', ...rest] = commandLine(suite, uri, args);
  return host.sandbox.run(command, rest);
}

for (const suite of suites)
  test.serial(`virsh of ${suite} manages a container over TLS`, async t => {
    const good = uriOf('good', '127.0.0.1');
    const must = async (...args: string[]): Promise<string> => {
      const { status, stdout, stderr } = await virsh(suite, good, ...args);
      t.is(status, 0, stderr);
      return stdout;
    };
    await must('define', `/mnt/${suite}.xml`);
    await must('start', suite);
    t.regex(await must('list'), new RegExp(`${suite} +running`));
    using console = openTerminal(host.sandbox, commandLine(suite, good, ['console', suite]));
    await console.expect(/ # /);
    console.type('echo $((6 * 7))\n');
    await console.expect(/\b42\b/);
    await must('destroy', suite);
    await must('undefine', suite);
  });

interface Refusal {
  readonly client: string;
  readonly address?: string;
  readonly extra?: string;
  /** What virsh says. */
  readonly says: RegExp;
  /** What the daemon's log says, where it is the daemon that refuses. */
  readonly log?: RegExp;
}

/** Clients look at their own certificate first, unless they are told not to. */
const unseeing = { extra: '&no_sanity=1', says: /server verification \(of our certificate or IP address\) failed/ };
const ofServer = /authentication failed: Failed to verify peer's certificate/;

const refusals: Readonly<Record<string, Refusal>> = {
  'its certificate has expired': { client: 'expired', says: /client certificate \S+ has expired/ },
  'the server finds that it has': { client: 'expired', ...unseeing, log: /CERT_HAS_EXPIRED/ },
  'its certificate is not valid yet': { client: 'early', says: /client certificate \S+ is not yet active/ },
  'the server finds that it is not': { client: 'early', ...unseeing, log: /CERT_NOT_YET_VALID/ },
  'its certificate is not for clients': { client: 'purpose', ...unseeing, log: /INVALID_PURPOSE/ },
  'its certificate was revoked': { client: 'revoked', ...unseeing, log: /CERT_REVOKED/ },
  'it does not know who issued its certificate': { client: 'foreign', says: /hasn't got a known issuer/ },
  'the server does not know who issued it': { client: 'foreign', ...unseeing, log: /UNABLE_TO_\w+/ },
  'it does not know who issued that of the server': { client: 'distrustful', extra: '&no_sanity=1', says: ofServer },
  'the server goes by another name': { client: 'good', address: '127.0.0.2', says: ofServer },
};

const refused = test.macro(async (t, { client, address = '127.0.0.1', extra, says, log }: Refusal) => {
  const logged = host.daemon?.log().length ?? 0;
  const outcomes = await Promise.all(suites.map(suite => virsh(suite, uriOf(client, address, extra), 'list')));
  for (const { status, stderr } of outcomes) {
    t.is(status, 1);
    t.regex(stderr, says);
  }
  if (log !== undefined) t.regex(host.daemon?.log().slice(logged) ?? '', log);
});

for (const [why, refusal] of Object.entries(refusals)) test.serial(`no client gets in: ${why}`, refused, refusal);

test.serial('a server whose certificate has expired is refused', async t => {
  const root = join(host.directory, 'daemon');
  await cp(expiredServer(root), join(root, 'etc/pki/libvirt/servercert.pem'));
  await mustVirtAdmin(host, 'server-update-tls', 'libvirtd');
  for (const suite of suites) {
    const { status, stderr } = await virsh(suite, uriOf('good', '127.0.0.1'), 'list');
    t.is(status, 1);
    t.regex(stderr, ofServer);
  }
});
