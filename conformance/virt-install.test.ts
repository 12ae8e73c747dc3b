import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type Host, openHost } from './harness/host.ts';
import { busyboxRoot } from './harness/roots.ts';
import { until } from './harness/until.ts';

/** virt-install, virt-xml and virt-clone on a host that has virtual networks and storage pools. */
let host: Host;
let root: string;

test.before(async t => {
  t.timeout(120_000);
  host = await openHost();
  root = await busyboxRoot(join(host.directory, 'root'));
  const network = join(host.directory, 'network.xml');
  await writeFile(
    network,
    `<network><name>default</name><bridge name='virbr9'/><ip address='192.0.2.1' netmask='255.255.255.0'>
      <dhcp><range start='192.0.2.10' end='192.0.2.99'/></dhcp></ip></network>`,
  );
  await host.mustVirsh('net-define', network);
  await host.mustVirsh('net-start', 'default');
  await mkdir(join(host.directory, 'tank/data'), { recursive: true });
  await host.mustVirsh('pool-create-as', 'tank', 'dir', '--target', join(host.directory, 'tank'));
});
test.after.always(() => host?.[Symbol.asyncDispose]());

const must = (program: string, ...args: string[]): Promise<string> =>
  host.sandbox.mustRun(program, ['--connect', host.uri, ...args], { deadline: 120_000 });
const install = (name: string, ...args: string[]): Promise<string> =>
  must('virt-install', '--name', name, '--memory', '64', '--noautoconsole', ...args);
const document = (name: string, ...options: string[]): Promise<string> => host.mustVirsh('dumpxml', name, ...options);
const state = async (name: string): Promise<string> => (await host.mustVirsh('domstate', name)).trim();

const macOf = (xml: string): string => /mac address='([^']+)'/.exec(xml)?.[1] ?? '';

/** What the network leased to a container. */
async function leaseOf(name: string): Promise<string> {
  const mac = macOf(await document(name));
  return until(`a lease of ${name}`, async () => {
    const leases = await host.mustVirsh('net-dhcp-leases', 'default');
    return leases.split('\n').find(line => line.includes(mac));
  });
}

test.serial('virt-install makes an application container on a virtual network', async t => {
  await install('app', '--network', 'network=default', '--init', '/bin/sleep', '--boot', 'initargs=600');
  t.is(await state('app'), 'running');
  t.regex(await document('app'), /<interface type='network'>\s*<mac [^>]*>\s*<source network='default'/);
});

test.serial('virt-install makes a container of an operating system that gets its address by DHCP', async t => {
  t.timeout(180_000);
  await install('system', '--network', 'network=default', '--filesystem', `${root},/`);
  t.is(await state('system'), 'running');
  using console = host.terminal(['console', 'system']);
  await console.expect(/BUSYBOX-CONTAINER-READY|\/ #|Escape/);
  console.type('\n');
  await console.expect(/\/ #/);
  console.type('ip link set eth0 up; udhcpc -n -q -s /bin/true\n');
  t.regex(await leaseOf('system'), /192\.0\.2\.\d+/);
});

test.serial('virt-install takes the default network and a directory of a pool', async t => {
  const data = join(host.directory, 'tank/data');
  await install('both', '--filesystem', `${root},/`, '--filesystem', `${data},/mnt`);
  const xml = await document('both');
  t.regex(xml, /<source network='default'/);
  t.true(xml.includes(`<source dir='${data}'/>`));
});

test.serial('virt-xml moves an interface to another network, and plugs one in', async t => {
  const network = join(host.directory, 'other.xml');
  await writeFile(network, `<network><name>other</name><bridge name='virbr8'/></network>`);
  await host.mustVirsh('net-create', network);
  await must('virt-xml', 'both', '--edit', '--network', 'network=other', '--define');
  t.regex(await document('both', '--inactive'), /<source network='other'/);
  t.regex(
    await must('virt-xml', 'both', '--add-device', '--network', 'network=other', '--update'),
    /hotplug successful/,
  );
  t.regex(await document('both'), /<source network='other'/);
});

test.serial('virt-clone makes a second container with a link of its own', async t => {
  await host.mustVirsh('destroy', 'system');
  await must('virt-clone', '--original', 'system', '--name', 'clone', '--auto-clone');
  await host.mustVirsh('start', 'clone');
  t.not(macOf(await document('clone')), macOf(await document('system')));
  t.regex(await document('clone'), /<source network='default'/);
});
