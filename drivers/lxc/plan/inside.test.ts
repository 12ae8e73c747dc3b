import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Console, running, said, started, tree, xml } from '../testing/containers.ts';
import { domainXml, type DomainXml } from '../testing/domain-xml.ts';
import { where } from '../../../native/testing/where.ts';

test.after.always(() => tree.remove());

/** An ext4 filesystem in a file. */
const image = join(tree.path, 'image');
execFileSync('truncate', ['--size', '4M', image]);
execFileSync('mkfs.ext4', ['-q', image]);
const seen = test.macro<[Partial<DomainXml>, string, RegExp]>({
  title: (title = '') => `inside: ${title}`,
  async exec(t, options, script, expected) {
    const fixture = await started(t);
    const ref = await running(fixture, { script: `${script}; echo; echo DONE; sleep 1000`, ...options });
    const console = new Console(await fixture.driver.domainOpenConsole(ref, null, 0));
    await console.until('DONE');
    await console.close();
    t.regex(console.text.replaceAll('\r', ''), expected);
  },
});
test(
  'the environment',
  seen,
  {
    uuid: '11111111-2222-3333-4444-555555555555',
    os: "<cmdline>quiet x</cmdline><initenv name='FOO'>bar baz</initenv>",
    console: "<console type='pty'/><console type='pty'/><console type='pty'/>",
  },
  "tr '\\000' '\\n' </proc/1/environ",
  /^PATH=\/bin:\/sbin\nTERM=linux\ncontainer=lxc-libvirt\nHOME=\/\ncontainer_uuid=11111111-2222-3333-4444-555555555555\ncontainer_ttys=pts\/1 pts\/2\nLIBVIRT_LXC_UUID=11111111-2222-3333-4444-555555555555\nLIBVIRT_LXC_NAME=c\nLIBVIRT_LXC_CMDLINE=quiet x\nFOO=bar baz\n/,
);
test('the host name', seen, { name: 'a b_c.d-e' }, 'hostname', /^abcd-e\n/);
test('its own processes alone', seen, {}, 'ls -d /proc/[0-9]* | wc -l', /^[234]\n/);
test('its own cgroup as the top', seen, {}, 'cut -d: -f3 /proc/self/cgroup | sort -u', /^\/\n\nDONE/);
test(
  'limits that it cannot lift',
  seen,
  {},
  `n=0; for f in $(find /sys/fs/cgroup -maxdepth 2 -name memory.max -o -maxdepth 2 -name memory.limit_in_bytes); do
     n=$((n + 1)); (echo 1073741824 > $f) 2>/dev/null && echo LIFTED; done; echo seen $n`,
  /^seen [1-9]/,
);
test('the capabilities of libvirt', seen, {}, 'grep CapBnd /proc/1/status', /CapBnd:\t0000..fdb[4-7]feffff\n/);
test(
  'only the capabilities that are allowed',
  seen,
  { elements: "<features><capabilities policy='deny'><chown state='on'/><kill state='on'/></capabilities></features>" },
  'grep CapBnd /proc/1/status',
  /CapBnd:\t0000000000000021\n/,
);
test('the directory', seen, { os: '<initdir>/mnt</initdir>' }, 'pwd', /^\/mnt\n/);
test(
  'a network of its own',
  seen,
  { elements: '<features><privnet/></features>' },
  'ls /sys/class/net; cat /sys/class/net/lo/operstate; touch /proc/sys/net/ipv4/ip_forward && echo writable',
  /^lo\nunknown\nwritable\n/,
);
test('the kernel as the host has set it', seen, {}, 'echo x > /proc/sys/kernel/hostname || echo kept', /kept\n/);
test(
  'its devices',
  seen,
  {},
  'for d in null zero full random urandom tty console tty1 ptmx stdin fd; do [ -e /dev/$d ] || echo missing $d; done; cat </dev/null && head -c 4 /dev/zero | wc -c',
  /^4\n/,
);
test('no other devices', seen, {}, 'mknod /dev/kmsg2 c 1 11 || echo refused', /refused\n/);
const withView = where(existsSync('/dev/fuse'), '/dev/fuse');
withView(
  'the memory that it may have, and no more',
  seen,
  { memory: 98304 },
  'head -1 /proc/meminfo; free -k | tail -2 | head -1 | tr -s " " | cut -d" " -f7',
  /^MemTotal: +98304 kB\n\d{4,5}\n/,
);
withView(
  'the memory that it may have, as users of its own',
  seen,
  {
    memory: 98304,
    elements:
      "<idmap><uid start='0' target='100000' count='1000'/><gid start='0' target='100000' count='1000'/></idmap>",
  },
  'head -1 /proc/meminfo',
  /^MemTotal: +98304 kB\n/,
);
test(
  'users of its own',
  seen,
  {
    elements:
      "<idmap><uid start='0' target='100000' count='1000'/><gid start='0' target='100000' count='1000'/></idmap>",
  },
  'cat /proc/self/uid_map | tr -s " "; id -u; ls -ln /dev/null /dev/pts/0 | tr -s " " | cut -d" " -f3,4',
  /^ 0 100000 1000\n0\n0 0\n0 5\n/,
);

test(
  'a read-only root, and with it all that comes from the definition',
  seen,
  { readonly: true },
  'for f in /file /mnt/file /run/file /dev/file /dev/shm/file; do (echo x > $f) 2>/dev/null && echo $f; done; echo end',
  /^\/dev\/file\n\/dev\/shm\/file\nend\n/,
);
test(
  'a read-only root that users of its own cannot make writable',
  seen,
  {
    readonly: true,
    elements:
      "<idmap><uid start='0' target='100000' count='1000'/><gid start='0' target='100000' count='1000'/></idmap>",
    devices: `<filesystem type='mount'><source dir='/etc/passwd'/><target dir='/made/for/passwd'/></filesystem>`,
  },
  'for o in rw bind,rw; do mount -o remount,$o / && echo lifted; done 2>/dev/null; grep -c ^root: /made/for/passwd; stat -c %u /made/for',
  /^1\n0\n/,
);
const withLoop = where(existsSync('/dev/loop-control'), '/dev/loop-control');
withLoop(
  'an image as a filesystem and as a disk',
  seen,
  {
    devices: `<filesystem type='file'><driver type='loop'/><source file='${image}'/><target dir='/mnt'/></filesystem>
      <disk type='file' device='disk'><driver name='loop' type='raw'/><source file='${image}'/><target dev='sda'/><readonly/></disk>`,
  },
  'stat -f -c %T /mnt; dd if=/dev/sda bs=1 skip=1080 count=2 2>/dev/null | od -An -tx1; echo x > /dev/sda || echo refused',
  /^ext2\/ext3\n 53 ef\n.*refused\n/s,
);
test(
  'a file and a directory of the host, and a place of its own elsewhere',
  seen,
  {
    devices: `<filesystem type='mount'><source dir='/etc/passwd'/><target dir='/etc/hostpasswd'/><readonly/></filesystem>
      <filesystem type='bind'><source dir='/run'/><target dir='/mnt'/></filesystem>`,
  },
  'grep -c ^root: /etc/hostpasswd; echo x 2>/dev/null >> /etc/hostpasswd || echo refused; touch /run/one; ls /mnt',
  /^1\n(?:.*\n)?refused\none\n/,
);

test('the root of the host is seen by a container without one', async t => {
  const fixture = await started(t);
  const marker = join(fixture.paths.root ?? '', 'marker');
  writeFileSync(marker, 'host file');
  const ref = await fixture.driver.domainDefineXmlFlags(
    domainXml({
      name: 'c',
      init: '/bin/sh',
      os: `<initarg>-c</initarg><initarg>cat ${marker}; mount -t tmpfs x /mnt; sleep 1000</initarg>`,
    }),
    0,
  );
  await fixture.start(ref);
  await said(fixture, ref, 'host file');
  t.false(readFileSync('/proc/self/mounts', 'utf8').includes(' /mnt tmpfs'));
  t.true(fixture.driver.domainGetXmlDesc(ref, 0).includes("<source dir='/'/>"));
});

test('namespaces of another domain and of a process are shared', async t => {
  const fixture = await started(t);
  const other = await fixture.driver.domainDefineXmlFlags(
    xml({ name: 'other', script: 'hostname shared; sleep 1000' }),
    0,
  );
  await fixture.start(other);
  const ref = await running(fixture, {
    script: 'until [ "$(hostname)" = shared ]; do sleep 0.1; done; readlink /proc/self/ns/ipc; sleep 1000',
    elements: `<lxc:namespace xmlns:lxc='http://libvirt.org/schemas/domain/lxc/1.0'>
      <lxc:shareuts type='name' value='other'/><lxc:shareipc type='pid' value='${process.pid}'/></lxc:namespace>`,
  });
  await said(fixture, ref, readlinkSync('/proc/self/ns/ipc'));
  const before = readdirSync('/proc/self/fd').length;
  await fixture.driver.domainDestroyFlags(ref, 0);
  await fixture.start(ref);
  t.true(readdirSync('/proc/self/fd').length <= before);
});
