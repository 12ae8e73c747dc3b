import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type Host, openHost } from './harness/host.ts';
import { refused } from './harness/refused.ts';
import { busyboxRoot } from './harness/roots.ts';
import { until } from './harness/until.ts';

let host: Host;

/** What busybox's DHCP client does with what it is given. */
const ON_LEASE = `#!/bin/sh
case $1 in bound|renew) ;; *) exit 0;; esac
ip addr flush dev $interface
ip addr add $ip/$mask dev $interface
ip route replace default via $router
echo "nameserver $dns" > /etc/resolv.conf
`;

const networks: readonly string[] = [
  `<network><name>nat</name><forward mode='nat'/><domain name='lan.example' localOnly='yes'/>
    <ip address='192.168.77.1' netmask='255.255.255.0'><dhcp><range start='192.168.77.2' end='192.168.77.99'/>
      <host mac='52:54:00:77:00:01' name='fixed' ip='192.168.77.50'/></dhcp></ip>
    <dns><host ip='192.168.77.1'><hostname>gate</hostname></host></dns>
    <portgroup name='slow'><bandwidth><inbound average='1000'/><outbound average='500'/></bandwidth></portgroup></network>`,
  "<network><name>ours</name><forward mode='bridge'/><bridge name='xbr0'/></network>",
  "<network><name>direct</name><forward mode='bridge'><interface dev='low0'/></forward></network>",
];

const interfaces: readonly string[] = [
  "<interface type='network'><mac address='52:54:00:77:00:01'/><source network='nat'/><link state='up'/></interface>",
  "<interface type='network'><mac address='52:54:00:77:00:02'/><source network='nat' portgroup='slow'/></interface>",
  "<interface type='network'><mac address='52:54:00:77:00:03'/><source network='ours'/><port isolated='yes'/></interface>",
  "<interface type='network'><mac address='52:54:00:77:00:04'/><source network='direct'/></interface>",
];

test.before(async () => {
  host = await openHost();
  await host.sandbox.mustRun('ip', ['link', 'add', 'xbr0', 'type', 'bridge']);
  await host.sandbox.mustRun('ip', ['link', 'add', 'low0', 'type', 'veth', 'peer', 'low1']);
  for (const name of ['xbr0', 'low0', 'low1']) await host.sandbox.mustRun('ip', ['link', 'set', name, 'up']);
  for (const xml of networks) await host.mustVirsh('net-define', await host.file('network.xml', xml));
  const root = await busyboxRoot(join(host.directory, 'root'));
  await writeFile(join(root, 'etc/on-lease'), ON_LEASE);
  await chmod(join(root, 'etc/on-lease'), 0o755);
  await host.define(`<domain type='lxc'><name>guest</name><memory unit='MiB'>64</memory>
    <os><type>exe</type><init>/sbin/init</init></os>
    <devices><filesystem type='mount'><source dir='${root}'/><target dir='/'/></filesystem>${interfaces.join('')}
      <console type='pty'/></devices></domain>`);
});
test.after.always(() => host[Symbol.asyncDispose]());

/** Runs a command in the container, with its files and its network. */
async function inside(...command: readonly string[]): Promise<string> {
  const id = (await host.mustVirsh('domid', 'guest')).trim();
  const pid = (await host.sandbox.mustRun('pgrep', ['--parent', id])).trim();
  return await host.sandbox.mustRun('nsenter', ['--net', '--mount', '--root', '--target', pid, ...command]);
}

async function ports(network: string): Promise<string[]> {
  const listed = await host.mustVirsh('net-port-list', network);
  return listed
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean)
    .sort();
}

/** The document of the interface with that MAC. */
async function shown(mac: string, ...options: readonly string[]): Promise<string> {
  const xml = await host.mustVirsh('dumpxml', 'guest', ...options);
  const found = xml.match(/<interface[^]*?<\/interface>/g)?.find(text => text.includes(mac));
  if (found === undefined) throw new Error(`no interface ${mac} in ${xml}`);
  return found;
}

test.serial('a container waits for the networks that it needs', async t => {
  t.regex(await refused(host, 'start', 'guest'), /Requested operation is not valid: network 'nat' is not active/);
  await host.mustVirsh('net-start', 'nat');
  t.regex(await refused(host, 'start', 'guest'), /network 'ours' is not active/);
  t.deepEqual(await ports('nat'), []);
  for (const network of ['ours', 'direct']) await host.mustVirsh('net-start', network);
  await host.mustVirsh('start', 'guest');
});

test.serial('each interface shows what its network gave it, and its definition does not', async t => {
  const bridge = (await host.mustVirsh('net-dumpxml', 'nat')).match(/<bridge name='([^']+)'/)?.[1];
  const id = '[0-9a-f-]{36}';
  t.regex(await shown('77:00:01'), new RegExp(`type='network'>[^]*network='nat' portid='${id}' bridge='${bridge}'/>`));
  const slow = await shown('77:00:02');
  t.regex(slow, new RegExp(`network='nat' portgroup='slow' portid='${id}' bridge='${bridge}'/>`));
  t.regex(slow, /<inbound average='1000'\/>/);
  t.regex(await shown('77:00:03'), new RegExp(`type='bridge'>[^]*network='ours' portid='${id}' bridge='xbr0'/>`));
  t.regex(await shown('77:00:04'), new RegExp(`type='direct'>[^]*network='direct' portid='${id}' dev='low0' mode='`));
  t.regex(await shown('77:00:04', '--inactive'), /type='network'>[^]*<source network='direct'\/>/);
  t.notRegex(await shown('77:00:02', '--inactive'), /portid|bridge=|bandwidth/);
  t.deepEqual([(await ports('nat')).length, (await ports('ours')).length, (await ports('direct')).length], [2, 1, 1]);
});

test.serial('a container gets its address and name by DHCP, and resolves names', async t => {
  await inside('udhcpc', '-i', 'eth0', '-n', '-q', '-s', '/etc/on-lease');
  t.regex(await inside('ip', 'addr', 'show', 'dev', 'eth0'), /192\.168\.77\.50\/24/);
  t.regex(await inside('ping', '-c', '1', '-W', '10', 'gate'), /PING gate \(192\.168\.77\.1\)/);
  t.regex(await host.mustVirsh('net-dhcp-leases', 'nat'), /52:54:00:77:00:01 +ipv4 +192\.168\.77\.50\/24 +fixed/);
  t.regex(
    await host.mustVirsh('domifaddr', 'guest', '--source', 'lease'),
    /52:54:00:77:00:01 +ipv4 +192\.168\.77\.50\/24/,
  );
  t.is((await host.mustVirsh('domhostname', 'guest', '--source', 'lease')).trim(), 'fixed');
});

test.serial('a killed daemon takes neither ports nor leases along', async t => {
  if (host.daemon === null) {
    t.pass('A foreign server is not killed');
    return;
  }
  const before = [await ports('nat'), await ports('ours'), await shown('77:00:01')];
  await host.daemon.stop('SIGKILL');
  await host.restart();
  t.deepEqual([await ports('nat'), await ports('ours'), await shown('77:00:01')], before);
  t.regex(await host.mustVirsh('domifaddr', 'guest', '--source', 'lease'), /192\.168\.77\.50\/24/);
  await inside('ping', '-c', '1', '-W', '10', '192.168.77.1');
});

test.serial('interfaces come and go on networks while a container runs', async t => {
  const attached = await host.virsh(['attach-interface', 'guest', 'network', 'nat', '--mac', '52:54:00:77:00:09']);
  t.is(attached.status, 0, attached.stderr);
  t.is((await ports('nat')).length, 3);
  await inside('udhcpc', '-i', 'eth4', '-n', '-q', '-s', '/bin/true');
  await until('the lease is told', async () =>
    (await host.mustVirsh('domifaddr', 'guest', '--source', 'lease')).includes('52:54:00:77:00:09'),
  );
  await host.mustVirsh('detach-interface', 'guest', 'network', '--mac', '52:54:00:77:00:09');
  t.is((await ports('nat')).length, 2);
  t.regex(
    await refused(host, 'attach-interface', 'guest', 'network', 'nosuch'),
    /no network with matching name 'nosuch'/,
  );
  t.deepEqual((await ports('nat')).length, 2);
});

test.serial('an interface moves to another network, and keeps its port when only its link changes', async t => {
  const portId = async (mac: string): Promise<string | undefined> => /portid='([^']+)'/.exec(await shown(mac))?.[1];
  const before = await portId('77:00:03');
  await host.mustVirsh('domif-setlink', 'guest', '52:54:00:77:00:03', 'down');
  t.is(await portId('77:00:03'), before);
  const moved = "<interface type='network'><mac address='52:54:00:77:00:03'/><source network='nat'/></interface>";
  await host.mustVirsh('update-device', 'guest', await host.file('moved.xml', moved), '--live');
  t.deepEqual([(await ports('nat')).length, (await ports('ours')).length], [3, 0]);
  t.regex(await shown('77:00:03'), /type='network'>[^]*network='nat' portid=/);
});

test.serial('networks that are started again get the links of running containers back', async t => {
  const before = [await ports('nat'), await ports('direct'), await shown('77:00:01'), await shown('77:00:04')];
  for (const network of ['nat', 'direct']) {
    await host.mustVirsh('net-destroy', network);
    await host.mustVirsh('net-start', network);
  }
  await until(
    'the ports are back',
    async () => (await ports('direct')).length === 1 && (await ports('nat')).length === 3,
  );
  await inside('ping', '-c', '1', '-W', '10', '192.168.77.1');
  t.deepEqual([await ports('nat'), await ports('direct'), await shown('77:00:01'), await shown('77:00:04')], before);
});

test.serial('a container that ends gives its ports back', async t => {
  await host.mustVirsh('destroy', 'guest');
  for (const network of ['nat', 'ours', 'direct']) t.deepEqual(await ports(network), [], network);
  await host.mustVirsh('start', 'guest');
  t.is((await ports('nat')).length, 2);
  await host.mustVirsh('destroy', 'guest');
  for (const network of ['nat', 'ours', 'direct']) await host.mustVirsh('net-destroy', network);
});
