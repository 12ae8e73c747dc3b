import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import test from 'ava';
import { debianRoot } from './harness/roots.ts';
import { mustRun, run } from './harness/run.ts';

const PROJECT = join(import.meta.dirname, '..');
let directory: string;
let debianPackage: string;

test.before(async t => {
  t.timeout(900_000, 'the package is built, and Debian roots are made the first time');
  directory = await mkdtemp('/var/tmp/lxvirtd-package-');
  const built = await mustRun('sh', [join(PROJECT, 'packaging/build-deb.sh'), directory], { deadline: 600_000 });
  debianPackage = resolve(PROJECT, built.trim());
});
test.after.always(() => rm(directory, { recursive: true }));

for (const suite of ['bookworm', 'trixie'] as const)
  test.serial(`the package is installed, used, upgraded and purged on Debian's ${suite}`, async t => {
    t.timeout(600_000);
    const script = join(import.meta.dirname, 'package.sh');
    const options = ['--mount', '--net', '--pid', '--fork', '--propagation', 'private'];
    const scenario = ['sh', script, debianPackage, await debianRoot(suite)];
    const told = await mustRun('unshare', [...options, ...scenario], { deadline: 500_000 });
    t.regex(told, /^installed: lxvirtd \(libvirt 9\.0\.0\) \d/m);
    t.regex(told, /^doctor: has looked$/m);
    t.regex(told, /^The authority 'Test' is in /m);
    t.regex(told, /^served: Running hypervisor: LXC/m);
    t.regex(told, /^upgraded: kept$/m);
    t.regex(told, /^purged: nothing is left$/m);
    t.regex(told, /^\/etc\/libvirt\/lxc\/kept\.xml$/m);
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
