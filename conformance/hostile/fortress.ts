import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Daemon, startDaemon } from '../harness/daemon.ts';
import { openHost, type Host } from '../harness/host.ts';
import { mustRun, run } from '../harness/run.ts';
import type { Sandbox } from '../harness/sandbox.ts';
import type { Decoy } from './decoy.ts';
import { openPasswords, type Passwords } from './passwords.ts';
import type { Target } from './target.ts';

const PKI = join(import.meta.dirname, '../../bin/lxvirtd-pki');
const POLKIT = join(import.meta.dirname, '../polkit.sh');

const ports = { tcp: 16_509, tls: 16_514, tlsSasl: 16_515, decoyTcp: 17_000, decoyTls: 17_001 } as const;

/** Every way in there is. */
export const doors = ['unix', 'unixReadOnly', 'unixPolkit', 'tcp', 'tls', 'tlsSasl'] as const;
export type Door = (typeof doors)[number];

/** Two daemons side by side, since the clients of one port of TLS all authenticate in the same way. */
export interface Fortress extends AsyncDisposable {
  readonly host: Host;
  readonly daemons: readonly [Daemon, Daemon];
  readonly targets: Readonly<Record<Door, Target>>;
  /** Of the second one's socket where nobody needs a password. */
  readonly other: Target;
  readonly passwords: Passwords;
  readonly decoy: Decoy;
}

const configs = [
  'listen_tcp = 1\nlisten_addr = "127.0.0.1"\nauth_unix_ro = "sasl"\nmax_clients = 6000\n',
  `listen_addr = "127.0.0.1"\ntls_port = "${ports.tlsSasl}"\nauth_tls = "sasl"\nauth_unix_ro = "polkit"\n`,
] as const;

async function configure(root: string, config: string, passwords: Passwords): Promise<void> {
  await mkdir(join(root, 'etc/libvirt'), { recursive: true });
  await writeFile(join(root, 'etc/libvirt/libvirtd.conf'), config);
  await mkdir(join(root, 'etc/sasl2'), { recursive: true });
  await writeFile(
    join(root, 'etc/sasl2/libvirt.conf'),
    `mech_list: digest-md5 scram-sha-256 plain\npwcheck_method: saslauthd\nsaslauthd_path: ${passwords.path}\nsasldb_path: ${root}/passwd.db\n`,
  );
  const args = ['-p', '-c', '-a', 'libvirt', '-f', join(root, 'passwd.db'), 'fred'];
  const { status, stderr } = await run('saslpasswd2', args, { input: 'secret' });
  if (status !== 0) throw new Error(stderr);
  for (const words of [['ca'], ['server', 'localhost', '127.0.0.1'], ['client', 'client']])
    await mustRun(PKI, ['--root', root, ...words]);
}

/** The three files of a client in one directory. */
async function clientFiles(root: string): Promise<string> {
  const directory = join(root, 'client.pki');
  await mkdir(directory);
  for (const [from, to] of [
    ['CA/cacert.pem', 'cacert.pem'],
    ['libvirt/clientcert.pem', 'clientcert.pem'],
    ['libvirt/private/clientkey.pem', 'clientkey.pem'],
  ] as const)
    await copyFile(join(root, 'etc/pki', from), join(directory, to));
  return directory;
}

/** A polkitd that lets nobody in. */
async function openPolkit(directory: string, sandbox: Sandbox): Promise<void> {
  await mkdir(join(directory, 'rules.d'), { recursive: true });
  const rule = 'polkit.addRule(function () { return polkit.Result.NO; });\n';
  await writeFile(join(directory, 'rules.d/10-test.rules'), rule);
  await sandbox.mustRun('sh', [POLKIT, directory]);
}

export async function openFortress(): Promise<Fortress> {
  await using opened = new AsyncDisposableStack();
  const passwords = opened.use(await openPasswords());
  const prepare = (root: string): Promise<void> => configure(root, configs[0], passwords);
  const host = opened.use(await openHost({ prepare, options: ['--listen'] }));
  const root = join(host.directory, 'daemon');
  const otherRoot = join(host.directory, 'other');
  await configure(otherRoot, configs[1], passwords);
  await openPolkit(join(host.directory, 'polkit'), host.sandbox);
  const other = await startDaemon(host.sandbox, otherRoot, ['--listen']);
  opened.defer(() => other.stop());
  if (host.daemon === null) throw new Error('not against a foreign server');
  const [pki, otherPki] = [await clientFiles(root), await clientFiles(otherRoot)];
  const resources = opened.move();
  return {
    host,
    daemons: [host.daemon, other],
    targets: {
      unix: { kind: 'unix', sasl: false, path: host.daemon.socket },
      unixReadOnly: { kind: 'unix', sasl: true, path: host.daemon.readOnlySocket },
      unixPolkit: { kind: 'unix', sasl: false, path: other.readOnlySocket },
      tcp: { kind: 'tcp', sasl: true, port: ports.tcp },
      tls: { kind: 'tls', sasl: false, port: ports.tls, pki },
      tlsSasl: { kind: 'tls', sasl: true, port: ports.tlsSasl, pki: otherPki },
    },
    other: { kind: 'unix', sasl: false, path: other.socket },
    passwords,
    decoy: { path: join(host.directory, 'decoy'), tcp: ports.decoyTcp, tls: ports.decoyTls, pki },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** The same kind of place, where nobody is harmed. */
export function decoyOf({ kind, sasl }: Target, { path, tcp, tls, pki }: Decoy): Target {
  const places = { unix: { path }, tcp: { port: tcp }, tls: { port: tls, pki } };
  return { kind, sasl, ...places[kind] };
}
