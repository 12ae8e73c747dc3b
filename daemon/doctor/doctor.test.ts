import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { hostPaths } from '../../drivers/contract/paths.ts';
import { detectHierarchies } from '../../native/cgroup/hierarchies.ts';
import { parseMetricsAddress } from '../metrics/address.ts';
import { look as lookAtCgroups } from './cgroups.ts';
import { age } from './kernel.ts';
import { look as lookAtMetrics } from './metrics.ts';
import { look as lookForProgram } from './programs.ts';
import { sockets } from './sockets.ts';
import { look as lookAtSysctl, wanted } from './sysctls.ts';

for (const [version, state] of [
  ['6.18.44-fc', 'ok'],
  ['5.9.0', 'ok'],
  ['5.8.18', 'missing'],
  ['4.19.0-6-amd64', 'missing'],
] as const)
  test(`Linux ${version} is ${state}`, t => t.is(age(version).state, state));

for (const [value, state] of [
  [null, 'ok'],
  [128n, 'advice'],
  [8192n, 'ok'],
  [2n ** 63n, 'ok'],
] as const)
  test(`a limit of ${value} is ${state}`, t => {
    const { state: found, remedy } = lookAtSysctl(['fs.a', 8192, 'it runs out'], () => value);
    t.is(found, state);
    t.is(remedy, state === 'ok' ? undefined : 'sysctl -w fs.a=8192');
  });

test('what the package sets is enough for what is wanted', t => {
  const conf = readFileSync(join(import.meta.dirname, '../../packaging/sysctl.conf'), 'utf8');
  const set = new Map(
    [...conf.matchAll(/^-([\w.-]+) = (\d+)$/gm)].map(([, name = '', value]) => [name, Number(value)]),
  );
  // These are what the kernel has anyway, where nobody has lowered them.
  const others = new Set(['user.max_user_namespaces', 'fs.file-max']);
  for (const [name, least] of wanted.filter(row => !others.has(row[0]))) t.true((set.get(name) ?? 0) >= least, name);
});

test('a program is looked for by all of its names', t => {
  const row = [['nft', 'iptables-restore'], 'networks', 'nftables'] as const;
  t.is(lookForProgram(row, name => name === 'iptables-restore').text, 'iptables-restore, for networks');
  t.deepEqual(
    lookForProgram(row, () => false),
    { state: 'advice', text: 'no nft or iptables-restore: no networks', remedy: 'apt-get install nftables' },
  );
});

const states = (mounts: string): string[] =>
  lookAtCgroups(detectHierarchies(mounts))
    .filter(({ state }) => state !== 'ok')
    .map(({ state, text }) => `${state}: ${text.split(':')[0]}`);
const mount = (at: number, options: string): string =>
  `${at} 1 0:${at} / /sys/fs/cgroup/${at} rw - cgroup cgroup rw,${options}`;

test('a host without the memory controller runs no containers, and one without pids runs some', t => {
  t.deepEqual(states([mount(1, 'cpu,cpuacct'), mount(2, 'cpuset'), mount(3, 'blkio')].join('\n')), [
    'missing: no controller memory',
    'advice: no controller pids',
  ]);
});

test('a socket of another daemon is named, with who serves it', async t => {
  const root = mkdtempSync(join(tmpdir(), 'lxvirtd-doctor-'));
  t.teardown(() => rmSync(root, { recursive: true }));
  const paths = hostPaths(root);
  const check = sockets(paths);
  t.deepEqual(
    (await check.look()).map(({ text }) => text.replace(root, '')),
    ['/run/libvirt/virtlxcd-sock is free', '/run/libvirt/libvirt-sock is free'],
  );
  mkdirSync(paths.run, { recursive: true });
  const server = createServer().listen(join(paths.run, 'libvirt-sock'));
  t.teardown(() => server.close());
  await once(server, 'listening');
  const [, found] = await check.look();
  t.is(found?.state, 'advice');
  t.regex(
    found?.text ?? '',
    new RegExp(`libvirt-sock is served by .* \\(${process.pid}\\): clients of lxc:/// find that one`),
  );
});

test('the command looks at every part of the host and changes nothing', async t => {
  const launcher = join(import.meta.dirname, '../../bin/lxvirtd');
  const { stdout } = await promisify(execFile)(launcher, ['doctor', '--root', join(tmpdir(), 'lxvirtd-nowhere')]);
  for (const title of [
    'kernel',
    'control groups',
    'limits of the kernel',
    'programs',
    'sockets',
    'certificates',
    'firewall',
  ])
    t.regex(stdout, new RegExp(`^${title}$`, 'm'));
  t.regex(stdout, /ok {6}Linux \d/);
  t.notRegex(stdout, /undefined|\[object/);
});

for (const [address, mode, guarded, state, text] of [
  [null, 0o700, false, 'ok', /^not served/],
  ['127.0.0.1:9177', 0o700, false, 'ok', /for every user of this host$/],
  ['127.0.0.1:9177', 0o700, true, 'advice', /whatever access control says$/],
  ['unix:/run/x', 0o770, true, 'ok', /for the socket's owner and group of this host$/],
  ['unix:/run/x', 0o777, true, 'advice', /whatever access control says$/],
  [
    '0.0.0.0:9177',
    0o700,
    false,
    'advice',
    /^0\.0\.0\.0:9177 is served to every host that reaches it, without encryption/,
  ],
  ['[2001:db8::1]:9177', 0o700, false, 'advice', /^\[2001:db8::1\]:9177 is served to every host/],
] as const)
  test(`metrics at ${address} (${mode.toString(8)}${guarded ? ', with access control' : ''}) are ${state}`, t => {
    const [finding] = lookAtMetrics({
      metrics_listen: address === null ? null : parseMetricsAddress(address),
      metrics_sock_perms: mode,
      auth_unix_ro: 'none',
      access_drivers: guarded ? ['polkit'] : [],
    });
    t.is(finding?.state, state);
    t.regex(finding?.text ?? '', text);
  });
