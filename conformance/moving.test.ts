import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type Host, openHost } from './harness/host.ts';
import { busyboxRoot } from './harness/roots.ts';

let host: Host;

test.before(async () => {
  host = await openHost();
});
test.after.always(() => host[Symbol.asyncDispose]());

/** What stock virsh makes of a configuration, defined. */
async function moved(format: string, config: string, edit: (xml: string) => string = xml => xml): Promise<string> {
  const file = await host.file(`${format}.conf`, config);
  const xml = edit(await host.mustVirsh('domxml-from-native', format, file));
  await host.define(xml);
  return xml;
}

/** Runs `command` at a container's console and waits for `pattern`. */
async function atConsole(name: string, command: string, pattern: RegExp): Promise<void> {
  using console = host.terminal(['console', name]);
  await console.expect(/Escape character/);
  console.type('\n');
  await console.expect(/[#$] /);
  console.type(`${command}\n`);
  await console.expect(pattern);
}

test.serial('a container of OpenVZ moves here: its address is routed, its name servers are known', async t => {
  const root = await busyboxRoot(join(host.directory, '101'));
  const xml = await moved(
    'openvz',
    `VEID=101
VE_PRIVATE="${root}"
HOSTNAME="web.example.org"
IP_ADDRESS="192.0.2.10 2001:db8::10"
NAMESERVER="192.0.2.53"
SEARCHDOMAIN="example.org"
PHYSPAGES="0:64M"
CPUUNITS="500"
NUMPROC="240:240"
`,
  );
  t.regex(xml, /<!-- Without an equivalent here:\n +NUMPROC="240:240"\n/);
  await host.mustVirsh('start', '101');
  await atConsole(
    '101',
    "hostname; cat /etc/resolv.conf; ip route; echo end''ed",
    /web\.example\.org\r\nsearch example\.org\r\nnameserver 192\.0\.2\.53\r\ndefault via 169\.254\.1\.1 [^]*ended/,
  );
  await host.sandbox.mustRun('busybox', ['ping', '-c', '1', '-W', '10', '192.0.2.10']);
  await host.sandbox.mustRun('busybox', ['ping', '-c', '1', '-W', '10', '2001:db8::10']);
  t.regex(await host.mustVirsh('memtune', '101'), /hard_limit +: 65536/);
  // The next start, from what stock virsh read and wrote again, is the same.
  t.regex(await host.mustVirsh('dumpxml', '101', '--inactive'), /<hostname>web\.example\.org<\/hostname>/);
  await host.mustVirsh('destroy', '101');
});

test.serial('a guest of Linux-VServer moves here: it has one of the host’s addresses, and no other', async t => {
  const root = await busyboxRoot(join(host.directory, 'vs'));
  await host.sandbox.mustRun('sh', [
    '-c',
    'ip link set lo up; for a in 198.51.100.1 198.51.100.2; do ip addr add $a/32 dev lo; done',
  ]);
  const files = {
    name: 'vs',
    vdir: root,
    'interfaces/0/ip': '198.51.100.1',
    'uts/nodename': 'vs.example.org',
    context: '49152',
  };
  const text = Object.entries(files)
    .map(([path, content]) => `==> ${path} <==\n${content}\n`)
    .join('\n');
  const xml = await moved('vserver', text);
  t.regex(xml, /context: 49152/);
  await host.mustVirsh('start', 'vs');
  await atConsole(
    'vs',
    "hostname; for a in 1 2; do nc 198.51.100.$a 9; done; echo end''ed",
    /vs\.example\.org\r\nnc: [^\r]*: Connection refused\r\nnc: [^\r]*: Operation not permitted\r\nended/,
  );
  await host.mustVirsh('destroy', 'vs');
});

test.serial('the container that was proposed first runs', async t => {
  const etc = join(host.directory, 'etc');
  await mkdir(etc);
  for (const file of ['hostname', 'resolv.conf', 'passwd']) await writeFile(join(etc, file), '');
  const config = `<domain type='linuxcontainer'><name>first</name><container>
    <filesystem><mount>/etc = ${etc}</mount></filesystem><application>/bin/sh</application>
    <network hostname='browndog'><ip address="192.168.1.110" netmask="255.255.255.0"/>
    <gateway address="192.168.1.1"/><nameserver>192.168.1.53</nameserver></network>
    <cpushare>40</cpushare><memory>65536</memory></container><devices><console tty='/dev/pts/4'/></devices></domain>`;
  await moved('linuxcontainer', config);
  await host.mustVirsh('start', 'first');
  await atConsole(
    'first',
    "uname -n; cat /etc/hostname /etc/resolv.conf; ip route; echo end''ed",
    /browndog\r\nbrowndog\r\nnameserver 192\.168\.1\.53\r\ndefault via 192\.168\.1\.1 [^]*ended/,
  );
  t.regex(await host.mustVirsh('schedinfo', 'first'), /cpu_shares +: 40/);
  await host.mustVirsh('destroy', 'first');
});

test.serial('a container of LXC’s own tools moves here, and back', async t => {
  const root = await busyboxRoot(join(host.directory, 'lxc'));
  await moved(
    'lxc-tools',
    `lxc.utsname = lxc\nlxc.rootfs = ${root}\nlxc.network.type = empty\nlxc.tty = 2\nlxc.cgroup.memory.limit_in_bytes = 64M\n`,
  );
  await host.mustVirsh('start', 'lxc');
  await atConsole('lxc', "hostname; ip -o link | wc -l; echo end''ed", /lxc\r\n1\r\nended/);
  const native = await host.mustVirsh('domxml-to-native', 'lxc-tools', '--domain', 'lxc');
  t.regex(native, new RegExp(`^lxc\\.rootfs\\.path = ${root}$`, 'm'));
  t.regex(native, /^lxc\.cgroup\.memory\.limit_in_bytes = 65536K$/m);
  t.regex(native, /^lxc\.net\.0\.type = empty$/m);
  await host.mustVirsh('destroy', 'lxc');
  const unknown = await host.virsh(['domxml-to-native', 'openvz', '--domain', 'lxc']);
  t.regex(unknown.stderr, /unsupported config type openvz/);
});
