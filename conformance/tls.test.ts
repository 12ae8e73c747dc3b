import { copyFile, cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { openHost, type Host } from './harness/host.ts';
import { busyboxRoot } from './harness/roots.ts';
import { mustRun, type Outcome } from './harness/run.ts';
import { until } from './harness/until.ts';
import { mustVirtAdmin } from './harness/virt-admin.ts';

const PKI = join(import.meta.dirname, '../bin/lxvirtd-pki');

let host: Host;
let root: string;

/** The names of the clients whose keys are below. */
const clients = ['good', 'bad', 'late'] as const;

async function makeCertificates(daemonRoot: string): Promise<void> {
  root = daemonRoot;
  const pki = (...args: string[]): Promise<string> => mustRun(PKI, ['--root', root, ...args]);
  await pki('ca', '--name', 'Test');
  await pki('server', 'localhost', '127.0.0.1');
  for (const name of clients) {
    await pki('client', name, '--out', join(root, name));
    await clientDirectory(join(root, name), name);
  }
  const foreign = join(root, 'foreign');
  await mustRun(PKI, ['--root', foreign, 'ca']);
  await mustRun(PKI, ['--root', foreign, 'client', 'good']);
  await clientDirectory(foreign, 'foreign');
  // A client that trusts the server, and has a certificate of an authority that the server does not know.
  await copyFile(join(root, 'etc/pki/CA/cacert.pem'), join(root, 'foreign.pki/cacert.pem'));
  await mkdir(join(root, 'etc/libvirt'), { recursive: true });
  await writeFile(
    join(root, 'etc/libvirt/libvirtd.conf'),
    'listen_tcp = 1\nauth_tcp = "none"\nlisten_addr = "127.0.0.1"\ntls_allowed_dn_list = ["O=*,CN=good", "O=Test,CN=l?te"]\n',
  );
}

/** What the URI's pkipath leads to: all three files in one directory. */
async function clientDirectory(pkiRoot: string, name: string): Promise<void> {
  const directory = join(root, `${name}.pki`);
  await mkdir(directory);
  const from = (path: string): string => join(pkiRoot, 'etc/pki', path);
  await copyFile(from('CA/cacert.pem'), join(directory, 'cacert.pem'));
  await copyFile(from('libvirt/clientcert.pem'), join(directory, 'clientcert.pem'));
  await copyFile(from('libvirt/private/clientkey.pem'), join(directory, 'clientkey.pem'));
}

test.before(async () => {
  host = await openHost({ prepare: makeCertificates, options: ['--listen'] });
});
test.after.always(() => host[Symbol.asyncDispose]());

const uriOf = (client: string, extra = ''): string =>
  `lxc+tls://localhost/system?pkipath=${join(root, `${client}.pki`)}${extra}`;

const virsh = (client: string, ...args: string[]): Promise<Outcome> =>
  host.sandbox.run('virsh', ['-q', '-c', uriOf(client), ...args]);

const admin = (...args: string[]): Promise<string> => mustVirtAdmin(host, ...args);

test.serial('a stock client manages a container over TLS, with its console', async t => {
  const tree = await busyboxRoot(join(host.directory, 'root'));
  await host.define(
    `<domain type='lxc'><name>far</name><memory>100000</memory><os><type>exe</type><init>/bin/sh</init></os><devices>
      <filesystem><source dir='${tree}'/><target dir='/'/></filesystem><console type='pty'/></devices></domain>`,
  );
  t.is((await virsh('good', 'start', 'far')).status, 0);
  t.regex((await virsh('good', 'list')).stdout, /far +running/);
  using console = host.terminal(['-c', uriOf('good'), 'console', 'far']);
  await console.expect(/Escape character/);
  console.type('echo $((6 * 7))\n');
  await console.expect(/\b42\b/);
  t.is((await virsh('good', 'destroy', 'far')).status, 0);
});

const secure = async (uri: string): Promise<string> => {
  const asking = 'import libvirt, sys; print(libvirt.open(sys.argv[1]).isSecure())';
  return (await host.sandbox.mustRun('/usr/bin/python3', ['-c', asking, uri])).trim();
};

test.serial('the connection is secure, and plain TCP is not', async t => {
  t.is(await secure(uriOf('good')), '1');
  t.is(await secure('lxc+tcp://127.0.0.1/system'), '0');
});

test.serial('virt-admin shows who a client is', async t => {
  using client = host.terminal(['-c', uriOf('good'), 'event', '--all', '--loop']);
  const id = await until('the client', async () => / (\d+) +tls /.exec(await admin('client-list', 'libvirtd'))?.[1]);
  const shown = await admin('client-info', 'libvirtd', id);
  t.regex(shown, /tls_x509_dname *: O=Test,CN=good/);
  t.regex(shown, /sock_addr *: 127\.0\.0\.1;\d+/);
  t.false(client.shown.includes('error'));
});

for (const [client, why] of [
  ['bad', 'a name that is not allowed'],
  ['foreign', 'a certificate of another authority'],
] as const)
  test.serial(`a client with ${why} is refused, and others go on`, async t => {
    const { status } = await virsh(client, 'list');
    t.not(status, 0);
    t.is((await virsh('good', 'list')).status, 0);
  });

test.serial('a client without a certificate is refused', async t => {
  const bare = join(root, 'bare.pki');
  await mkdir(bare);
  await copyFile(join(root, 'etc/pki/CA/cacert.pem'), join(bare, 'cacert.pem'));
  t.not((await virsh('bare', 'list')).status, 0);
  t.is((await virsh('good', 'list')).status, 0);
});

test.serial('a client that speaks no TLS, or nothing, keeps nobody from the server', async t => {
  const script = `
import socket, time
stalled = [socket.create_connection(("127.0.0.1", 16514)) for _ in range(15)]
plain = socket.create_connection(("127.0.0.1", 16514))
plain.sendall(b"\\0\\0\\0\\x1c" + bytes(24))
time.sleep(3)
`;
  const stalled = host.sandbox.run('/usr/bin/python3', ['-c', script]);
  t.is((await virsh('good', 'list')).status, 0);
  t.is((await stalled).status, 0);
  t.is((await virsh('good', 'list')).status, 0);
});

test.serial('a revoked client is refused once the files are read again, and connected ones stay', async t => {
  using before = host.terminal(['-c', uriOf('good'), 'event', '--all', '--loop']);
  t.is((await virsh('late', 'list')).status, 0);
  await mustRun(PKI, ['--root', root, 'revoke', 'late']);
  t.is((await virsh('late', 'list')).status, 0);
  await admin('server-update-tls', 'libvirtd');
  t.not((await virsh('late', 'list')).status, 0);
  t.is((await virsh('good', 'list')).status, 0);
  await host.define(
    "<domain type='lxc'><name>seen</name><memory>1000</memory><os><type>exe</type><init>/i</init></os><devices/></domain>",
  );
  await before.expect(/event 'lifecycle' for domain '?seen'?: Defined/);
});

test.serial('files that will not do are refused, and the old ones stay in use', async t => {
  const certificate = join(root, 'etc/pki/libvirt/servercert.pem');
  await cp(certificate, `${certificate}.kept`);
  await copyFile(join(root, 'good.pki/clientcert.pem'), certificate);
  const error = await t.throwsAsync(admin('server-update-tls', 'libvirtd'));
  t.regex(String(error), /is not for a server|is not the key of/);
  t.is((await virsh('good', 'list')).status, 0);
  await cp(`${certificate}.kept`, certificate);
  await admin('server-update-tls', 'libvirtd');
  t.is((await virsh('good', 'list')).status, 0);
});

test.serial('a daemon does not listen without certificates, and says what to do', async t => {
  const lonely = join(host.directory, 'lonely');
  await mkdir(lonely);
  const daemon = join(import.meta.dirname, '../bin/lxvirtd');
  const { status, stderr } = await host.sandbox.run(daemon, ['--root', lonely, '--listen', '-f', '/dev/null']);
  t.is(status, 1);
  t.regex(stderr, /Cannot read CA certificate .*cacert.pem.*Make one with 'lxvirtd-pki'/);
});
