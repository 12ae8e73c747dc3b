import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Host } from './host.ts';
import { busyboxRoot, debianRoot } from './roots.ts';
import type { Outcome } from './run.ts';
import { until } from './until.ts';

/** A Debian with systemd that runs as a container of lxvirtd, with a network between the two. */
export interface Machine {
  /** Runs a line of shell in it, which has to succeed; returns what it wrote. */
  readonly inside: (line: string) => Promise<string>;
  /** Where a client outside finds the daemon in it, with the certificate that was made there. */
  readonly uri: string;
  /** A stock client outside, connected over TLS. */
  readonly virsh: (...args: string[]) => Promise<Outcome>;
}

const NETWORK = `<network><name>machines</name><bridge name='machines0'/><dns enable='no'/>
  <ip address='10.88.0.1' netmask='255.255.255.0'/></network>`;

/** The network that machines are in. */
export async function startNetwork(host: Host): Promise<void> {
  const file = join(host.directory, 'network.xml');
  await writeFile(file, NETWORK);
  await host.mustVirsh('net-create', file);
}

/**
 * Boots a machine whose name is its release's. The packages lie in its /root, and so does nested.xml, the definition of a
 * container in it. `address` is in 10.88.0.0/24.
 */
export async function bootMachine(
  host: Host,
  suite: 'bookworm' | 'trixie',
  address: string,
  packages: readonly string[],
): Promise<Machine> {
  const files = join(host.directory, suite, 'files');
  const root = join(host.directory, suite, 'root');
  for (const path of [join(files, 'root'), root, join(host.directory, suite, 'work')])
    await mkdir(path, { recursive: true });
  for (const path of packages) await copyFile(path, join(files, 'root', basename(path)));
  await busyboxRoot(join(files, 'srv/nested'));
  await writeFile(join(files, 'root/nested.xml'), nested);
  const layers = `lowerdir=${await debianRoot(suite)},upperdir=${files},workdir=${join(host.directory, suite, 'work')}`;
  await host.sandbox.mustRun('mount', ['-t', 'overlay', '-o', layers, 'overlay', root]);
  await host.define(documentOf(suite, root, address));
  await host.mustVirsh('start', suite);

  const enter = (line: string): Promise<Outcome> =>
    host.virsh(
      ['-q', 'lxc-enter-namespace', suite, '--noseclabel', '--', '/bin/sh', '-ec', `${ENVIRONMENT}; ${line}`],
      {
        deadline: 240_000,
      },
    );
  await until('the machine has booted', async () => {
    const { stdout } = await enter('systemctl is-system-running --wait || :');
    return /running|degraded/.test(stdout);
  });
  const uri = `lxc+tls://${address}/system?pkipath=${join(files, 'root/pki')}`;
  return {
    uri,
    async inside(line) {
      const { status, stdout, stderr } = await enter(line);
      if (status !== 0) throw new Error(`'${line}' in ${suite}: status ${status}\n${stdout}${stderr}`);
      return stdout;
    },
    virsh: (...args) => host.sandbox.run('virsh', ['-q', '-c', uri, ...args]),
  };
}

/** Nothing of it has to survive a power cut. */
const ENVIRONMENT = 'export DEBIAN_FRONTEND=noninteractive DPKG_FORCE=unsafe-io LC_ALL=C.UTF-8 HOME=/root';

/** A container that runs containers is denied nothing. systemd of Debian 13 runs on cgroup v1 only when it is told to. */
const documentOf = (name: string, root: string, address: string): string => `<domain type='lxc'>
  <name>${name}</name>
  <memory unit='GiB'>1</memory>
  <os><type>exe</type><init>/sbin/init</init><initarg>SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1</initarg></os>
  <features><privnet/><capabilities policy='allow'/></features>
  <devices>
    <filesystem type='mount'><source dir='${root}'/><target dir='/'/></filesystem>
    <interface type='network'><source network='machines'/><ip address='${address}' family='ipv4' prefix='24'/></interface>
    <console type='pty'/>
  </devices>
</domain>`;

const nested = `<domain type='lxc'>
  <name>nested</name>
  <memory unit='MiB'>64</memory>
  <os><type>exe</type><init>/sbin/init</init></os>
  <features><privnet/></features>
  <devices>
    <filesystem type='mount'><source dir='/srv/nested'/><target dir='/'/></filesystem>
    <console type='pty'/>
  </devices>
</domain>`;
