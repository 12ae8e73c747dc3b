import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';
import { run } from '../harness/run.ts';

/** What programs have to have in their environment for a Kerberos realm of the test's own. */
export function realmEnvironment(directory: string): Record<string, string> {
  return {
    KRB5_CONFIG: join(directory, 'krb5.conf'),
    KRB5_KDC_PROFILE: join(directory, 'kdc.conf'),
    KRB5CCNAME: `FILE:${join(directory, 'tickets')}`,
  };
}

const kdcPort = 8888;

/** Makes the realm TEST, which knows jane, with the password "secret", and the daemon on localhost: its key is in `krb5.tab`. */
export async function makeRealm(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const database = `database_name = ${directory}/principal\nkey_stash_file = ${directory}/stash\nacl_file = ${directory}/acl`;
  await writeFile(
    join(directory, 'krb5.conf'),
    `[libdefaults]
default_realm = TEST
dns_lookup_kdc = false
dns_canonicalize_hostname = false
rdns = false
ignore_acceptor_hostname = true
[realms]
TEST = {
kdc = 127.0.0.1:${kdcPort}
}
`,
  );
  await writeFile(
    join(directory, 'kdc.conf'),
    `[kdcdefaults]\nkdc_ports = ${kdcPort}\nkdc_tcp_ports = ${kdcPort}\n[realms]\nTEST = {\n${database}\n}\n[logging]\nkdc = FILE:${directory}/kdc.log\n`,
  );
  const env = realmEnvironment(directory);
  const must = async (command: string, ...args: string[]): Promise<void> => {
    const { status, stderr } = await run(command, args, { env });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  };
  await must('kdb5_util', 'create', '-s', '-P', 'master', '-r', 'TEST');
  await must('kadmin.local', '-q', 'addprinc -pw secret jane');
  await must('kadmin.local', '-q', 'addprinc -randkey libvirt/localhost');
  await must('kadmin.local', '-q', `ktadd -k ${directory}/krb5.tab libvirt/localhost`);
}

/** Runs the realm's key distribution centre until the sandbox ends, and gets jane her ticket. */
export async function signIn(sandbox: Sandbox, directory: string): Promise<void> {
  const env = realmEnvironment(directory);
  await sandbox.mustRun('krb5kdc', ['-r', 'TEST'], { env });
  await until('a ticket', async () => {
    return (await sandbox.run('kinit', ['jane'], { env, input: 'secret\n' })).status === 0;
  });
}
