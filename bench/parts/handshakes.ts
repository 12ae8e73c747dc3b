import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun } from '../../conformance/harness/run.ts';
import type { Part } from '../part.ts';
import { type Access, openLxvirtd, openPeer, type Target } from '../target.ts';
import type { Visit } from '../visitor.ts';

const PKI = join(import.meta.dirname, '../../bin/lxvirtd-pki');
const VISITOR = join(import.meta.dirname, '../visitor.ts');
const MILLISECONDS = 2000;
const PORT = 16_514;

/**
 * How fast clients come in, and what each costs the daemon. A client does most of the work of a visit, on the same processors:
 * rates say more of it than of the daemon, and are for information. What a server can answer for is its own processor time for
 * each visit, so that has the budget. The daemons are others than those of the other parts: these listen to the network.
 */
export const handshakes: Part = {
  figures: {
    tls: { label: 'TLS handshakes', unit: '/s', more: true },
    tlsCpu: { label: '  of the daemon each', unit: 'ms CPU', budget: 1 },
    scram: { label: 'logins by SCRAM over TLS', unit: '/s', more: true },
    scramCpu: { label: '  of the daemon each', unit: 'ms CPU', budget: 1 },
    unix: { label: 'connections opened over Unix', unit: '/s', more: true },
    unixCpu: { label: '  of the daemon each', unit: 'ms CPU', budget: 1 },
  },
  async measure({ name, directory }) {
    const place = join(directory, 'handshakes');
    const access = await prepare(place);
    await using target = await (name === 'lxvirtd' ? openLxvirtd(place, access) : openPeer(place, access));
    const tls = { kind: 'tls', sasl: true, port: PORT, pki: join(place, 'client.pki') } as const;
    const unix = { kind: 'unix', sasl: false, path: target.socket } as const;
    const [tlsRate, tlsCpu] = await comeTo(target, { target: tls, until: 'entered', milliseconds: MILLISECONDS });
    const login = { target: tls, until: 'authenticated', milliseconds: MILLISECONDS } as const;
    const [scramRate, scramCpu] = await comeTo(target, login);
    const [unixRate, unixCpu] = await comeTo(target, { target: unix, until: 'opened', milliseconds: MILLISECONDS });
    return { tls: tlsRate, tlsCpu, scram: scramRate, scramCpu, unix: unixRate, unixCpu };
  },
};

/** Visits per second, and milliseconds of the daemon's that each took. */
async function comeTo(target: Target, visit: Visit): Promise<[rate: number, cpu: number]> {
  const before = await processorTime(target.pid);
  const command = ['--target', String(target.pid), '--net', process.execPath, VISITOR];
  const rate = Number(await mustRun('nsenter', command, { input: JSON.stringify(visit) }));
  const spent = (await processorTime(target.pid)) - before;
  return [rate, spent / ((rate * visit.milliseconds) / 1000)];
}

/** Of all threads of a process, in ms. */
async function processorTime(pid: number): Promise<number> {
  const stat = await mustRun('cat', [`/proc/${pid}/stat`]);
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return (user + system) * 10;
}

/** Certificates, a password, and what a daemon has to be told of them. */
async function prepare(place: string): Promise<Access> {
  await mkdir(join(place, 'client.pki'), { recursive: true });
  for (const words of [['ca'], ['server', 'localhost', '127.0.0.1'], ['client', 'client']])
    await mustRun(PKI, ['--root', place, ...words]);
  const pki = join(place, 'etc/pki');
  const ca = join(pki, 'CA/cacert.pem');
  await copyFile(ca, join(place, 'client.pki/cacert.pem'));
  await copyFile(join(pki, 'libvirt/clientcert.pem'), join(place, 'client.pki/clientcert.pem'));
  await copyFile(join(pki, 'libvirt/private/clientkey.pem'), join(place, 'client.pki/clientkey.pem'));
  const passwords = join(place, 'passwd.db');
  await mustRun('saslpasswd2', ['-p', '-c', '-a', 'libvirt', '-f', passwords, 'fred'], { input: 'secret' });
  // Below its root, where lxvirtd looks for it.
  const sasl = join(place, 'etc/sasl2');
  await mkdir(sasl);
  await writeFile(join(sasl, 'libvirt.conf'), `mech_list: scram-sha-256\nsasldb_path: ${passwords}\n`);
  // lxvirtd has them below its root already.
  const files = [
    ['ca_file', ca],
    ['cert_file', join(pki, 'libvirt/servercert.pem')],
    ['key_file', join(pki, 'libvirt/private/serverkey.pem')],
  ];
  const config = 'auth_tls = "sasl"\nlisten_addr = "127.0.0.1"\n';
  await writeFile(join(place, 'lxvirtd.conf'), config);
  await writeFile(join(place, 'libvirtd.conf'), config + files.map(([key, path]) => `${key} = "${path}"\n`).join(''));
  return { sasl, config: (name: string) => join(place, `${name}.conf`) };
}
