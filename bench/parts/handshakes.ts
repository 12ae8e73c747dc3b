import { copyFile, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
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
    tls: { label: 'connections opened over TLS', unit: '/s', more: true },
    tlsCpu: { label: '  of the daemon each', unit: 'ms CPU', budget: 1 },
    scram: { label: 'logins by SCRAM over TLS', unit: '/s', more: true },
    scramCpu: { label: '  of the daemon each', unit: 'ms CPU', budget: 1 },
    unix: { label: 'connections opened over Unix', unit: '/s', more: true },
    unixCpu: { label: '  of the daemon each', unit: 'ms CPU', budget: 1 },
  },
  async measure({ name, directory }) {
    const place = await mkdtemp(join(directory, 'handshakes-'));
    const accessWith = await prepare(place);
    const open = (auth: Auth): Promise<Target> =>
      name === 'lxvirtd' ? openLxvirtd(place, accessWith(auth)) : openPeer(join(place, auth), accessWith(auth));
    const tls = { kind: 'tls', sasl: true, port: PORT, pki: join(place, 'client.pki') } as const;
    const login = { target: tls, until: 'authenticated', milliseconds: MILLISECONDS } as const;
    // Here a certificate is all that is wanted. One that shakes hands and goes would soon have to wait.
    const [[tlsRate, tlsCpu], [unixRate, unixCpu]] = await using(open('none'), async target => {
      const visit = { until: 'opened', milliseconds: MILLISECONDS } as const;
      const unix = { kind: 'unix', sasl: false, path: target.socket } as const;
      return [
        await comeTo(target, { ...visit, target: { ...tls, sasl: false } }),
        await comeTo(target, { ...visit, target: unix }),
      ] as const;
    });
    const [scramRate, scramCpu] = await using(open('sasl'), target => comeTo(target, login));
    return { tls: tlsRate, tlsCpu, scram: scramRate, scramCpu, unix: unixRate, unixCpu };
  },
};

/** What a client of TLS has to show beside its certificate. */
type Auth = 'none' | 'sasl';

async function using<T>(opening: Promise<Target>, work: (target: Target) => Promise<T>): Promise<T> {
  await using target = await opening;
  return await work(target);
}

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
async function prepare(place: string): Promise<(auth: Auth) => Access> {
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
  for (const auth of ['none', 'sasl']) {
    await mkdir(join(place, auth));
    const config = `auth_tls = "${auth}"\nlisten_addr = "127.0.0.1"\n`;
    await writeFile(join(place, `lxvirtd-${auth}.conf`), config);
    await writeFile(
      join(place, `libvirtd-${auth}.conf`),
      config + files.map(([key, path]) => `${key} = "${path}"\n`).join(''),
    );
  }
  return auth => ({ sasl, config: (name: string) => join(place, `${name}-${auth}.conf`) });
}
