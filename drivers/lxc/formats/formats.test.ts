import test from 'ava';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ErrorCode } from '../../contract/constants.ts';
import { LibvirtError } from '../../contract/error.ts';
import { parseDomain } from '../../xml/domain/parse.ts';
import { guestSettings } from '../../xml/domain/guest-settings.ts';
import { formatDomain } from '../../xml/domain/format.ts';
import { nativeConfigurations } from '../operations/native-configurations.ts';

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const driver = nativeConfigurations({ log: quiet });

const fromNative = async (format: string, config: string): Promise<string> =>
  await driver.connectDomainXmlFromNative(format, config, 0);

/** What a document says, without its lines' indentation. */
const lines = (xml: string): string[] => xml.split('\n').map(line => line.trim());

const LXC = 'lxc.utsname = a\nlxc.rootfs = /r\n';

const reads = test.macro({
  title: (_, format: string, what: string | undefined) => `${format}: ${what ?? ''}`,
  async exec(t, format: string, _what: string, config: string, expected: readonly string[]) {
    const xml = await fromNative(format, config);
    for (const line of expected) t.true(lines(xml).includes(line), `${line} is missing in\n${xml}`);
    await t.notThrowsAsync(parseDomain(xml, { validate: true }));
  },
});

test(
  reads,
  'lxc-tools',
  'names of the first generation',
  'lxc.utsname = alpha\nlxc.rootfs = /srv/alpha\nlxc.tty = 2\n',
  ['<name>alpha</name>', "<source dir='/srv/alpha'/>", "<target type='lxc' port='1'/>"],
);
test(
  reads,
  'lxc-tools',
  'names of the second generation',
  'lxc.uts.name = b\nlxc.rootfs.path = dir:/b\nlxc.tty.max = 2',
  ['<name>b</name>', "<source dir='/b'/>", "<target type='lxc' port='1'/>"],
);
test(reads, 'lxc-tools', "id maps in LXC's order", `${LXC}lxc.id_map = u 0 100000 65536\nlxc.idmap = g 0 200000 10`, [
  "<uid start='0' target='100000' count='65536'/>",
  "<gid start='0' target='200000' count='10'/>",
]);
test(
  reads,
  'lxc-tools',
  'several interfaces of the first generation, told apart by their type',
  `${LXC}lxc.network.type = veth
lxc.network.link = br0
lxc.network.flags = up
lxc.network.name = eth5
lxc.network.hwaddr = 00:16:3e:11:22:33
lxc.network.ipv4 = 10.0.0.5/24
lxc.network.ipv4.gateway = 10.0.0.1
lxc.network.mtu = 1400
lxc.network.type = macvlan
lxc.network.link = eth0
lxc.network.macvlan.mode = bridge
lxc.network.type = phys
lxc.network.link = eth1`,
  [
    "<mac address='00:16:3e:11:22:33'/>",
    "<source bridge='br0'/>",
    "<ip address='10.0.0.5' family='ipv4' prefix='24'/>",
    "<route family='ipv4' address='0.0.0.0' gateway='10.0.0.1'/>",
    "<guest dev='eth5'/>",
    "<mtu size='1400'/>",
    "<source dev='eth0' mode='bridge'/>",
    '<interface>eth1</interface>',
  ],
);
test(reads, 'lxc-tools', 'an empty network is one of its own', `${LXC}lxc.net.0.type = empty`, ['<privnet/>']);
test(
  reads,
  'lxc-tools',
  'limits of both versions of cgroups',
  `${LXC}lxc.cgroup.cpu.shares = 512\nlxc.cgroup2.memory.max = 256M\nlxc.cgroup2.memory.swap.max = 128M\nlxc.cgroup2.cpu.max = 50000 100000\nlxc.cgroup.cpuset.cpus = 0\nlxc.cgroup.blkio.device_weight = 8:0 200`,
  [
    '<shares>512</shares>',
    "<hard_limit unit='KiB'>262144</hard_limit>",
    "<swap_hard_limit unit='KiB'>393216</swap_hard_limit>",
    '<quota>50000</quota>',
    "<vcpu placement='static' cpuset='0'>1</vcpu>",
    '<path>/dev/block/8:0</path>',
  ],
);
test(
  reads,
  'lxc-tools',
  'mounts, with octal escapes and targets below the root',
  `${LXC}lxc.mount.entry = /a\\040b x none bind,ro 0 0\nlxc.mount.entry = /c /r/y none rbind 0 0\nlxc.mount.entry = tmpfs z tmpfs size=8m 0 0\nlxc.mount.entry = proc proc proc defaults 0 0\nlxc.mount.entry = /d ../../q none bind 0 0`,
  [
    "<source dir='/a b'/>",
    "<target dir='/x'/>",
    "<target dir='/y'/>",
    "<source usage='8192' units='KiB'/>",
    "<target dir='/q'/>",
  ],
);
test(
  reads,
  'lxc-tools',
  'init, its arguments and environment',
  `${LXC}lxc.init.cmd = /bin/run --now\nlxc.environment = A=b=c`,
  ['<init>/bin/run</init>', '<initarg>--now</initarg>', "<initenv name='A'>b=c</initenv>"],
);
test(
  reads,
  'lxc-tools',
  'capabilities that are dropped on several lines',
  `${LXC}lxc.cap.drop = sys_time mknod\nlxc.cap.drop = sys_module`,
  ["<capabilities policy='allow'>", "<mknod state='off'/>", "<sys_module state='off'/>", "<sys_time state='off'/>"],
);
test(
  reads,
  'lxc-tools',
  'names that every object has, as those of nothing',
  `${LXC}__proto__ = 1\nlxc.net.0.type = constructor\nlxc.cgroup.__proto__ = 1\nlxc.cgroup.toString = 1`,
  ['__proto__ = 1', 'lxc.net.0.type = constructor', 'lxc.cgroup.__proto__ = 1', 'lxc.cgroup.toString = 1'],
);
test(reads, 'lxc-tools', 'no more of what has no equivalent than can be read', `${LXC}${'a=b\n'.repeat(1500)}`, [
  'and more',
]);
test(reads, 'lxc-tools', 'what has no equivalent, as a comment', `${LXC}lxc.include = /x --> y\nlxc.seccomp = /z`, [
  '<!-- Without an equivalent here:',
  'lxc.include = /x - -> y',
  'lxc.seccomp = /z',
]);

const VZ = 'VEID=101\nVE_PRIVATE="/vz/private/$VEID"\n';
test(reads, 'openvz', 'the private area, by the number', VZ, ['<name>101</name>', "<source dir='/vz/private/101'/>"]);
test(reads, 'openvz', 'a limit of memory in pages, and swap besides', `${VZ}PHYSPAGES="0:262144"\nSWAPPAGES="0:512M"`, [
  "<hard_limit unit='KiB'>1048576</hard_limit>",
  "<swap_hard_limit unit='KiB'>1572864</swap_hard_limit>",
]);
test(reads, 'openvz', 'shares and a share of one CPU', `${VZ}CPUUNITS=500\nCPULIMIT="25%"\nCPUS=2`, [
  '<shares>512</shares>',
  '<quota>25000</quota>',
  "<vcpu placement='static'>2</vcpu>",
]);
test(reads, 'openvz', 'addresses that the host routes', `${VZ}IP_ADDRESS="192.0.2.10 2001:db8::10/64"`, [
  "<ip address='169.254.1.1' family='ipv4' prefix='32' peer='192.0.2.10'/>",
  "<ip address='192.0.2.10' family='ipv4' prefix='32' peer='169.254.1.1'/>",
  "<ip address='2001:db8::10' family='ipv6' prefix='128' peer='fe80::1'/>",
  "<route family='ipv4' address='0.0.0.0' gateway='169.254.1.1'/>",
]);
test(
  reads,
  'openvz',
  'bridged interfaces',
  `${VZ}NETIF="ifname=eth0,mac=00:18:51:12:34:56,host_ifname=veth1,bridge=br0"`,
  ["<source bridge='br0'/>", "<target dev='veth1'/>", "<guest dev='eth0'/>"],
);
test(
  reads,
  'openvz',
  'quota, capabilities and devices',
  `${VZ}DISKSPACE="1024:2048"\nCAPABILITY="NET_ADMIN:on"\nDEVNODES="sdb:rw net/tun:rw"`,
  [
    "<space_hard_limit unit='bytes'>2097152</space_hard_limit>",
    "<net_admin state='on'/>",
    '<block>/dev/sdb</block>',
    '<char>/dev/net/tun</char>',
  ],
);
test(
  reads,
  'openvz',
  'beancounters and flags that are none here',
  `${VZ}NUMPROC="240:240"\nKMEMSIZE="1:2"\nONBOOT=yes`,
  ['NUMPROC="240:240"', 'KMEMSIZE="1:2" (part of the memory here)', 'ONBOOT="yes"'],
);

const VSERVER: Readonly<Record<string, string>> = {
  context: '42',
  name: 'web',
  'uts/nodename': 'web.example.org',
  'interfaces/0/ip': '192.0.2.5',
  'interfaces/0/dev': 'eth0',
  bcapabilities: 'NET_RAW\n~SYS_BOOT\nCAP_FOO',
  'rlimits/rss.hard': '10000',
  'cgroup/cpu.shares': '512',
  fstab: '/home /home none bind,ro 0 0',
  flags: 'virt_mem\nsched_hard',
};
const concatenated = (prefix: string): string =>
  Object.entries(VSERVER)
    .map(([path, content]) => `==> ${prefix}${path} <==\n${content}\n`)
    .join('\n');
const vserver = [
  '<name>web</name>',
  "<source dir='/vservers/web'/>",
  "<hard_limit unit='KiB'>40000</hard_limit>",
  '<shares>512</shares>',
  "<capabilities policy='deny'>",
  "<net_raw state='on'/>",
  '<hostaddress address="192.0.2.5"/>',
  'bcapabilities: CAP_FOO',
  'flags: sched_hard',
  'context: 42',
];
test(reads, 'vserver', 'files of a directory, one after the other', concatenated(''), vserver);
test(reads, 'vserver', 'the same with the path in front', concatenated('./etc/vservers/web/'), vserver);

test('vserver: a tar archive in base64 says the same, with its symbolic links', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'lxvirtd-vserver-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const script = Object.entries(VSERVER)
    .map(([path, content]) => `mkdir -p "$(dirname ${path})"; printf '%s' '${content}' > ${path}`)
    .join('\n');
  execFileSync('sh', ['-ec', `${script}\nln -s /srv/web vdir`], { cwd: directory });
  const text = execFileSync('sh', ['-ec', 'tar cz . | base64'], { cwd: directory, encoding: 'utf8' });
  const xml = lines(await fromNative('vserver', text));
  t.true(xml.includes("<source dir='/srv/web'/>"));
  t.deepEqual(
    vserver.filter(line => !xml.includes(line)),
    ["<source dir='/vservers/web'/>"],
  );
});

const CONTAINER = `<domain type='linuxcontainer'><name>c</name><container>
  <filesystem><mount>/etc = /home/user/etc</mount></filesystem>
  <application>dbserver --fast</application>
  <network hostname='browndog'><ip address="192.168.1.110" netmask="255.255.255.0"/>
    <gateway address="192.168.1.1"/><nameserver>192.168.1.53</nameserver></network>
  <cpushare>40</cpushare><memory>65536</memory><colour/>
</container><devices><console tty='/dev/pts/4'/></devices></domain>`;
test(reads, 'linuxcontainer', 'the document of the first proposal', CONTAINER, [
  "<source dir='/home/user/etc'/>",
  "<target dir='/etc'/>",
  '<init>/usr/bin/env</init>',
  '<initarg>dbserver</initarg>',
  "<ip address='192.168.1.110' family='ipv4' prefix='24'/>",
  "<route family='ipv4' address='0.0.0.0' gateway='192.168.1.1'/>",
  '<hostname>browndog</hostname>',
  '<nameserver address="192.168.1.53"/>',
  '<shares>40</shares>',
  '<colour> in <container>',
]);

test('what a guest is to know of itself comes back from the document', async t => {
  const definition = await parseDomain(await fromNative('linuxcontainer', CONTAINER));
  const again = await parseDomain(formatDomain(definition));
  t.deepEqual(guestSettings(again), {
    hostname: 'browndog',
    nameservers: ['192.168.1.53'],
    searchDomains: [],
    hostAddresses: [],
  });
});

const refuses = test.macro({
  title: (_, format: string, config: string) => `${format} refuses ${JSON.stringify(config.slice(0, 60))}`,
  async exec(t, format: string, config: string, code: ErrorCode, text: string) {
    const error = await t.throwsAsync(fromNative(format, config), { instanceOf: LibvirtError });
    t.is(error.code, code);
    t.true(error.message.includes(text), error.message);
  },
});

test(
  refuses,
  'lxc-tools',
  `${LXC}nonsense\n`,
  33,
  'configuration file syntax error: memory conf:3: expecting an assignment',
);
test(refuses, 'lxc-tools', 'lxc.utsname = a', 1, 'lxc.rootfs.path');
test(refuses, 'lxc-tools', `${LXC}lxc.mount = /etc/fstab`, 74, 'use lxc.mount.entry lines instead');
test(refuses, 'lxc-tools', `${LXC}lxc.mount.entry = tmpfs run tmpfs size=bad 0 0`, 1, "failed to convert size: 'bad'");
test(refuses, 'lxc-tools', `${LXC}lxc.network.type = veth\nlxc.network.ipv4 = zz`, 8, "Invalid CIDR address: 'zz'");
test(refuses, 'lxc-tools', `${LXC}lxc.tty = x`, 1, "failed to parse int: 'x'");
test(refuses, 'lxc-tools', `${LXC}lxc.id_map = u 0 100000`, 1, "invalid lxc.id_map: 'u 0 100000'");
test(refuses, 'lxc-tools', `${LXC}lxc.cgroup.cpuset.cpus = zz`, 8, "Failed to parse bitmap 'zz'");
test(refuses, 'lxc-tools', 'lxc.utsname = a/b\nlxc.rootfs = /r', 27, 'a/b');
test(refuses, 'lxc-tools', `${LXC}lxc.arch = aarch64`, 8, 'could not find capabilities');
test(refuses, 'openvz', 'VE_PRIVATE="/vz/private/$VEID"', 1, 'VEID');
test(refuses, 'openvz', `${VZ}PHYSPAGES="0:many"`, 1, 'many');
test(refuses, 'openvz', 'rm -rf /', 1, 'line 1');
test(refuses, 'vserver', 'no: such thing', 74, 'util-vserver');
test(refuses, 'vserver', Buffer.from('no archive').toString('base64'), 74, 'tar archive');
test(refuses, 'linuxcontainer', '<domain/>', 27, '<container>');
test(refuses, 'linuxcontainer', CONTAINER.replace('255.255.255.0', '255.0.255.0'), 27, 'netmask');
test(refuses, 'lxc-tools', `${LXC}${'a = b\n'.repeat(11_000)}`, 8, 'more than 65536 characters');
test(refuses, 'lxc-tools', `${LXC}lxc.init.cmd = ${'x '.repeat(30_000)}`, 1, 'too many lines');
test(refuses, 'nonsense', LXC, 8, 'unsupported config type nonsense');

test('a definition is written for LXC so that reading it again gives the same container', async t => {
  const definition = await parseDomain(
    await fromNative(
      'lxc-tools',
      `${LXC}lxc.arch = x86_64
lxc.init.cmd = /bin/run now
lxc.environment = A=b
lxc.tty = 2
lxc.mount.entry = /a\\040b x none bind,ro 0 0
lxc.mount.entry = tmpfs y tmpfs size=8m 0 0
lxc.net.0.type = veth
lxc.net.0.link = br0
lxc.net.0.flags = up
lxc.net.0.hwaddr = 00:16:3e:11:22:33
lxc.net.0.ipv4.address = 10.0.0.5/24
lxc.net.0.ipv4.gateway = 10.0.0.1
lxc.net.1.type = phys
lxc.net.1.link = eth1
lxc.cap.drop = sys_time
lxc.idmap = u 0 100000 65536
lxc.idmap = g 0 100000 65536
lxc.cgroup.memory.limit_in_bytes = 256M
lxc.cgroup.cpu.shares = 512`,
    ),
  );
  const written = await driver.connectDomainXmlToNative('lxc-tools', formatDomain(definition), 0);
  t.false(written.includes('#'), written);
  const again = await parseDomain(await fromNative('lxc-tools', written));
  t.deepEqual({ ...again, uuid: '' }, { ...definition, uuid: '' });
});

test('what LXC has no key for is told, and nothing in a definition begins a line of its own', async t => {
  const xml = `<domain type='lxc'><name>n</name><memory>65536</memory><os><type>exe</type><init>/i</init>
    <initenv name='A'>b&#10;lxc.hook.start = /evil</initenv></os><devices><console type='pty'/>
    <disk type='file'><source file='/d.img'/><target dev='vda'/></disk></devices></domain>`;
  const written = await driver.connectDomainXmlToNative('lxc-tools', xml, 0);
  t.true(written.includes('\n# Without an equivalent: disk vda\n'), written);
  t.false(/^lxc\.hook/m.test(written));
  await t.throwsAsync(driver.connectDomainXmlToNative('openvz', xml, 0), { message: /unsupported config type openvz/ });
});
