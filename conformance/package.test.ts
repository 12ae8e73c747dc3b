import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import test from 'ava';
import { type Host, openHost } from './harness/host.ts';
import { debianRoot } from './harness/roots.ts';
import { mustRun, run } from './harness/run.ts';
import { until } from './harness/until.ts';
import { bootMachine, startNetwork } from './harness/package-machine.ts';

const PROJECT = join(import.meta.dirname, '..');
let directory: string;
let debianPackage: string;
/** The same as a later version. */
let upgrade: string;
let host: Host;

test.before(async t => {
  t.timeout(900_000, 'the package is built, and Debian roots are made the first time');
  directory = await mkdtemp('/var/tmp/lxvirtd-package-');
  const built = await mustRun('sh', [join(PROJECT, 'packaging/build-deb.sh'), directory], { deadline: 600_000 });
  debianPackage = resolve(PROJECT, built.trim());
  upgrade = await repack(debianPackage, '0.1.0+later');
  host = await openHost();
  await startNetwork(host);
});
test.after.always(async () => {
  await host?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

/** A copy of a package with another version, not compressed. */
async function repack(path: string, version: string): Promise<string> {
  const tree = join(directory, 'later');
  await mustRun('dpkg-deb', ['--raw-extract', path, tree]);
  await mustRun('sed', ['-i', `s/^Version: .*/Version: ${version}/`, join(tree, 'DEBIAN/control')]);
  await mustRun('dpkg-deb', ['-Znone', '--build', tree, join(directory, 'later.deb')]);
  await rm(tree, { recursive: true });
  return join(directory, 'later.deb');
}

test.serial('the package is installed, used, upgraded and purged on Debian 11, without systemd', async t => {
  t.timeout(600_000);
  const script = join(import.meta.dirname, 'package.sh');
  const options = ['--mount', '--net', '--pid', '--fork', '--propagation', 'private'];
  const scenario = ['sh', script, debianPackage, await debianRoot('bullseye')];
  const told = await mustRun('unshare', [...options, ...scenario], { deadline: 500_000 });
  t.regex(told, /^installed: lxvirtd \(libvirt 9\.0\.0\) \d/m);
  t.regex(told, /^doctor: has looked$/m);
  t.regex(told, /^The authority 'Test' is in /m);
  t.regex(told, /^served: Running hypervisor: LXC/m);
  t.regex(told, /^upgraded: kept$/m);
  t.regex(told, /^purged: nothing is left$/m);
  t.regex(told, /^\/etc\/libvirt\/lxc\/kept\.xml$/m);
});

test.serial('all programs of its own are in it', async t => {
  const listed = await mustRun('dpkg-deb', ['--contents', debianPackage]);
  const built = (await readdir(join(PROJECT, 'build'))).filter(name => name.startsWith('lxvirt-'));
  t.true(built.length > 0);
  for (const name of built) t.true(listed.includes(`/usr/lib/lxvirtd/build/${name}\n`), name);
});

for (const [program, page] of [
  ['lxvirtd', 'lxvirtd.8'],
  ['lxvirtd-pki', 'lxvirtd-pki.1'],
] as const)
  test.serial(`every option of ${program} is completed, and in its manual`, async t => {
    const packaging = join(PROJECT, 'packaging');
    const options = new Set((await mustRun(join(PROJECT, 'bin', program), ['--help'])).match(/(?<![-\w])--[a-z-]+/g));
    const completion = await readFile(join(packaging, 'completion', program), 'utf8');
    const manual = (await readFile(join(packaging, 'man', page), 'utf8')).replaceAll('\\-', '-');
    t.true(options.size > 3);
    for (const option of options) for (const text of [completion, manual]) t.true(text.includes(option), option);
  });

test.serial('its AppArmor profile is one', async t => {
  const profile = join(PROJECT, 'packaging/apparmor/lxvirtd');
  const { status, stderr } = await run('apparmor_parser', ['--skip-kernel-load', '--skip-cache', profile]);
  t.is(status, 0, stderr);
  t.notRegex(stderr, /error|warning/i);
});

test.serial('the units are what systemd understands', async t => {
  const tree = join(directory, 'tree');
  await mustRun('dpkg-deb', ['--extract', debianPackage, tree]);
  const units = ['.service', '.socket', '-ro.socket', '-admin.socket', '-tls.socket'];
  const paths = units.map(end => join(tree, 'lib/systemd/system', `lxvirtd${end}`));
  const { stderr } = await run('systemd-analyze', ['verify', '--man=no', ...paths]);
  // The program lies in the tree, not where the unit says.
  t.deepEqual(
    stderr.split('\n').filter(line => line !== '' && !line.includes('/usr/sbin/lxvirtd is not executable')),
    [],
  );
});

const inContainer = test.macro(async (t, suite: 'bookworm' | 'trixie', address: string) => {
  t.timeout(600_000);
  const machine = await bootMachine(host, suite, address, [debianPackage, upgrade]);
  const { inside, virsh } = machine;
  const must = async (...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await virsh(...args);
    t.is(status, 0, `virsh ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  const install = (path: string): Promise<string> =>
    inside(`apt-get install --yes --no-install-recommends /root/${basename(path)} 2>&1`);

  t.notRegex(await install(debianPackage), /lxvirtd: not started|denied|No such file/);
  t.is(
    (await inside('systemctl is-active lxvirtd.service lxvirtd.socket lxvirtd-admin.socket')).trim(),
    'active\nactive\nactive',
  );
  await inside('lxvirtd doctor >/dev/null');
  await inside(`lxvirtd-pki ca --name Test && lxvirtd-pki server ${address} && lxvirtd-pki client far --out /root/out &&
    mkdir /root/pki && cd /root/out/etc/pki && cp CA/cacert.pem libvirt/clientcert.pem libvirt/private/clientkey.pem /root/pki/ &&
    systemctl --quiet enable lxvirtd-tls.socket && systemctl restart lxvirtd.service`);
  await inside('virsh -q -c lxc:/// define /root/nested.xml');

  await must('start', 'nested');
  const id = await must('domid', 'nested');
  const isSame = async (after: string): Promise<void> => {
    await until(`the daemon in ${suite} is there ${after}`, async () => (await virsh('uri')).status === 0);
    t.is(`${await must('domstate', 'nested')} ${await must('domid', 'nested')}`, `running ${id}`, after);
    using console = host.terminal(['-c', machine.uri, 'console', 'nested', '--force']);
    await console.expect(/Escape character/);
    console.type('echo $((6 * 7))\n');
    await console.expect(/\b42\b/);
  };
  await isSame('at first');
  t.regex(
    await inside('systemctl --no-legend --plain list-units "machine-lxc*.scope"'),
    /nested.scope +loaded active running/,
  );
  await inside('systemctl restart lxvirtd.service');
  await isSame('after a restart');
  await install(upgrade);
  t.is((await inside("dpkg-query --show --showformat '${Version}' lxvirtd")).trim(), '0.1.0+later');
  await isSame('after an upgrade');

  await inside('apt-get purge --yes lxvirtd >/dev/null 2>&1');
  t.regex(
    await inside(`ls /etc/libvirt/lxc; cat /proc/${id}/comm; pgrep --parent ${id} | xargs -I{} cat /proc/{}/cmdline`),
    /nested.xml\nlxvirt-/,
  );
  t.is((await inside('command -v lxvirtd || echo gone')).trim(), 'gone');

  await inside('systemd-run --quiet --unit=libvirtd.service sleep 1000');
  t.regex(await install(debianPackage), /libvirtd.service runs and has the same sockets/);
  const active = await inside('systemctl is-active libvirtd.service lxvirtd.service lxvirtd.socket || :');
  t.is(active.trim(), 'active\ninactive\ninactive', 'a libvirtd that runs is left alone');
  await host.mustVirsh('destroy', suite);
});

test.serial(
  'in a container of lxvirtd, Debian 12 runs containers by the package, driven over TLS',
  inContainer,
  'bookworm',
  '10.88.0.12',
);
test.serial('so does Debian 13', inContainer, 'trixie', '10.88.0.13');
