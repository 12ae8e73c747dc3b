import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { advice, missing, ok, type Check, type Finding } from './finding.ts';

/** openat2 and close_range, without which no container starts. */
const LEAST = [5, 9] as const;

const namespaces = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts'] as const;

/** The kernel: its age, and what was compiled into it. */
export const kernel: Check = {
  title: 'kernel',
  look: () => [age(release()), ...namespaces.map(namespace), seccomp(), confinement()],
};

export function age(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const recent = major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1]);
  if (recent) return ok(`Linux ${version}`);
  return missing(`Linux ${version} is too old`, `use Linux ${LEAST.join('.')} or later`);
}

const namespace = (name: (typeof namespaces)[number]): Finding =>
  existsSync(`/proc/self/ns/${name}`)
    ? ok(`namespace ${name}`)
    : missing(`no namespace ${name}`, `boot a kernel with ${name} namespaces`);

const seccomp = (): Finding =>
  existsSync('/proc/sys/kernel/seccomp')
    ? ok('seccomp')
    : advice('no seccomp: containers may make every system call', 'boot a kernel with CONFIG_SECCOMP_FILTER');

function confinement(): Finding {
  const modules = existsSync('/sys/kernel/security/lsm')
    ? readFileSync('/sys/kernel/security/lsm', 'utf8').trim().split(',')
    : [];
  const found = modules.find(name => name === 'apparmor' || name === 'selinux');
  if (found !== undefined) return ok(`confinement by ${found}`);
  return advice(
    'neither AppArmor nor SELinux',
    'enable one, or give containers an <idmap>: root of the host otherwise',
  );
}
