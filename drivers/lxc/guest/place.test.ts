import test from 'ava';
import { sh } from '../agent/testing/ask.ts';
import { running, started, tree } from '../testing/containers.ts';
import type { DomainXml } from '../testing/domain-xml.ts';

test.after.always(() => tree.remove());

const idmap =
  "<idmap><uid start='0' target='100000' count='65536'/><gid start='0' target='100000' count='65536'/></idmap>";
const sharing = (what: string): string =>
  `<lxc:namespace xmlns:lxc='http://libvirt.org/schemas/domain/lxc/1.0'>${what}</lxc:namespace>`;

/** What the kernel says of a process of the container: all that a helper could get wrong. */
const facts = (pid: string): string =>
  `grep -E '^(Cap...|NoNewPrivs|Seccomp):' /proc/${pid}/status
   for ns in user mnt pid net ipc uts cgroup; do readlink /proc/${pid}/ns/$ns; done
   sort /proc/${pid}/cgroup; stat -c %d:%i /proc/${pid}/root/`;

const own = test.macro<[Partial<DomainXml>]>({
  title: (what = '') => `a program started in ${what} has what init has, before and after a daemon's restart`,
  async exec(t, options) {
    const fixture = await started(t);
    const ref = await running(fixture, { script: 'sleep 100000', ...options });
    const said = await sh(fixture, ref, facts('1'));
    t.regex(said.out, /^CapEff:/m);
    t.deepEqual(await sh(fixture, ref, facts('$$')), said);
    await fixture.restart();
    t.deepEqual(await sh(fixture, ref, facts('$$')), said);
  },
});

test('a plain container', own, {});
test('a container with an idmap', own, { elements: idmap });
test('a container with few capabilities', own, {
  elements: "<features><capabilities policy='deny'><sys_chroot state='on'/></capabilities></features>",
});
test('a container with a network of its own', own, { elements: '<features><privnet/></features>' });
test("a container that shares another process's namespaces", own, {
  elements: sharing(
    `<lxc:shareipc type='pid' value='${process.pid}'/><lxc:shareuts type='pid' value='${process.pid}'/>`,
  ),
});
test("a container with an idmap that shares another process's namespaces", own, {
  elements: idmap + sharing(`<lxc:shareuts type='pid' value='${process.pid}'/>`),
});
test('a container without a root file system of its own', own, { root: undefined });
