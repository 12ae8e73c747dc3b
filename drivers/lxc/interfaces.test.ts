import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { BusyboxTree } from './testing/busybox-tree.ts';

const run = promisify(execFile);
const tree = new BusyboxTree();
test.after.always(() => tree.remove());

interface Seen {
  readonly inside: string;
  readonly targets: readonly string[];
  readonly again: readonly string[];
  readonly ports: readonly string[];
  readonly limits: string;
  readonly port: string;
  readonly hostAddresses: string;
  readonly leases: readonly unknown[];
  readonly addresses: readonly {
    readonly name: string;
    readonly hwaddr: string;
    readonly addresses: readonly object[];
  }[];
}

test('bridge, ethernet and direct interfaces come up in the container, and go with it', async t => {
  const scenario = join(import.meta.dirname, 'testing/network-scenario.ts');
  // A sysfs of its own shows the new namespace's interfaces.
  const prepare =
    'mount --rbind /sys/fs/cgroup /mnt && mount -t sysfs sysfs /sys && mount --rbind /mnt /sys/fs/cgroup && umount -l /mnt && exec "$@"';
  const { stdout } = await run('unshare', [
    '--net',
    '--mount',
    'sh',
    '-c',
    prepare,
    'sh',
    process.execPath,
    scenario,
    tree.path,
  ]);
  const seen: Seen = JSON.parse(stdout);
  t.regex(seen.inside, /eth0.*mtu 1400.*52:54:00:00:00:01/);
  t.regex(seen.inside, /eth0 +inet 10\.1\.2\.3\/24/);
  t.regex(seen.inside, /default via 10\.1\.2\.1 dev eth0/);
  t.regex(seen.inside, /inner.*UP.*52:54:00:00:00:02/);
  t.regex(seen.inside, /eth2 +inet6 fd00::5\/64/);
  t.regex(seen.inside, /lo +inet 127\.0\.0\.1/);
  t.deepEqual(seen.targets[0], 'webhost');
  t.is(seen.targets[1], 'inhost');
  t.regex(seen.targets[2] ?? '', /^vnet\d+$/);
  t.is(seen.targets.length, 3);
  t.regex(seen.inside, /eth3@\S* <(?!.*LOWER_UP).*UP/);
  t.regex(seen.limits, /rate 2Mbit ceil 2Mbit burst 64Kb[^]*lxvirtd_police/);
  t.regex(seen.port, /isolated on/);
  t.regex(seen.hostAddresses, /10\.9\.9\.1\/30/);
  t.deepEqual(seen.ports, ['webhost']);
  t.deepEqual(seen.leases, []);
  const [eth0] = seen.addresses.filter(({ name }) => name === 'eth0');
  t.is(eth0?.hwaddr, '52:54:00:00:00:01');
  t.deepEqual(eth0?.addresses[0], { family: 'ipv4', address: '10.1.2.3', prefix: 24 });
  t.is(seen.again[0], 'webhost');
});

test('what a container makes of an interface on a link of the host goes with it; what it makes in place of one does not', async t => {
  const scenario = join(import.meta.dirname, 'testing/detach-direct-scenario.ts');
  const { stdout } = await run('unshare', ['--net', process.execPath, scenario]);
  const own = ['end', 'inner', 'lent', 'lo', 'taken'];
  t.deepEqual(JSON.parse(stdout), {
    left: [['eth0', 'eth2', ...own].toSorted(), ['eth0', ...own].toSorted(), own],
    refusal: "operation failed: 'lent' is another interface in the container now",
    onHost: false,
  });
});
