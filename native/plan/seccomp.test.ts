import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { makeBusyboxRoot, TestDirectory } from '../controller/testing/busybox-root.ts';
import { scriptOutput } from '../controller/testing/run-container.ts';
import { deniedSyscalls, seccompFilter } from './seccomp.ts';
import { AuditArch, syscalls } from './syscalls.ts';
import type { Machine, SyscallName } from './syscalls.ts';

const { EPERM, ENOSYS } = constants.errno;
const directory = new TestDirectory();
const root = makeBusyboxRoot(directory.path);
test.after.always(() => directory[Symbol.dispose]());

/** What the kernel would do: 0 lets the call pass, anything else is its errno. Only the few instructions that filters have. */
function verdict(filter: Uint8Array, architecture: number, number: number): number {
  const view = new DataView(filter.buffer, filter.byteOffset, filter.byteLength);
  let accumulator = 0;
  for (let at = 0; 8 * at < filter.byteLength; at += 1) {
    const code = view.getUint16(8 * at, true);
    const k = view.getUint32(8 * at + 4, true);
    const jump = (holds: boolean): number => view.getUint8(8 * at + (holds ? 2 : 3));
    if (code === 0x20) accumulator = k === 4 ? architecture : number;
    else if (code === 0x15) at += jump(accumulator === k);
    else if (code === 0x35) at += jump(accumulator >= k);
    else if (code === 0x06) return k === 0x7fff_0000 ? 0 : k & 0xffff;
    else throw new Error(`Instruction ${code}`);
  }
  throw new Error('The filter has no end');
}

const denies = test.macro<[string, Machine]>({
  title: (_, arch, machine) => `a filter for ${arch} denies what it names to programs of ${machine}, and nothing else`,
  exec(t, arch, machine) {
    const names = deniedSyscalls(0n);
    const denied = new Set(names.map(name => syscalls[name][machine]));
    const filter = seccompFilter(names, arch);
    for (let number = 0; number < 600; number += 1)
      t.is(verdict(filter, AuditArch[machine], number), denied.has(number) ? EPERM : 0, `call ${number}`);
    t.true(denied.size > 15);
  },
});

test(denies, 'x64', 'x86_64');
test(denies, 'x64', 'i386');
test(denies, 'arm64', 'aarch64');
test(denies, 'arm64', 'arm');

test('calls of x32 and of other machines are not there', t => {
  const filter = seccompFilter(['bpf'], 'x64');
  t.is(verdict(filter, AuditArch.x86_64, 0x4000_0000), ENOSYS);
  t.is(verdict(filter, AuditArch.aarch64, 1), ENOSYS);
  t.is(verdict(filter, AuditArch.i386, 0x4000_0000), 0);
});

test('without tables for a machine there is no filter, and an empty list denies nothing', t => {
  t.is(seccompFilter(['bpf'], 's390x').length, 0);
  t.is(verdict(seccompFilter([], 'x64'), AuditArch.x86_64, 321), 0);
});

const named = (capabilities: bigint, name: SyscallName): boolean => deniedSyscalls(capabilities).includes(name);

test('a definition that keeps a capability gets its calls', t => {
  const CAP_SYS_MODULE = 1n << 16n;
  const CAP_SYS_TIME = 1n << 25n;
  t.deepEqual([named(0n, 'init_module'), named(0n, 'clock_settime')], [true, true]);
  t.deepEqual([named(CAP_SYS_MODULE, 'init_module'), named(CAP_SYS_MODULE, 'clock_settime')], [false, true]);
  t.deepEqual([named(CAP_SYS_TIME, 'init_module'), named(CAP_SYS_TIME, 'clock_settime')], [true, false]);
  t.true(named(~0n, 'kexec_load'));
});

/** Numbers by name in a header of the system. */
function numbersIn(header: string): Map<string, number> {
  const lines = readFileSync(header, 'utf8').matchAll(/^#define __NR(?:3264)?_(\w+)\s+(\d+)/gm);
  return new Map([...lines].map(([, name = '', number]) => [name, Number(number)]));
}

const HEADERS: readonly (readonly [Machine, string])[] = [
  ['x86_64', '/usr/include/x86_64-linux-gnu/asm/unistd_64.h'],
  ['i386', '/usr/include/x86_64-linux-gnu/asm/unistd_32.h'],
  ['aarch64', '/usr/include/asm-generic/unistd.h'],
];

test('the tables agree with the headers of the system', t => {
  for (const [machine, header] of HEADERS.filter(([, path]) => existsSync(path))) {
    const numbers = numbersIn(header);
    for (const [name, row] of Object.entries(syscalls)) {
      const expected = numbers.get(name);
      // The generic header numbers 32-bit calls that 64-bit machines lack.
      if (expected !== undefined && expected < 403) t.is(row[machine], expected, `${name} of ${machine}`);
    }
  }
  t.pass();
});

test('in a container the kernel denies these calls, and lets others pass', async t => {
  const probe = join(root, 'bin/probe');
  const built = spawnSync('musl-gcc', [
    '-static',
    '-o',
    probe,
    join(import.meta.dirname, '../controller/testing/probe.c'),
  ]);
  t.is(built.status, 0, String(built.stderr));
  const machine: Machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const names: SyscallName[] = ['bpf', 'keyctl', 'open_by_handle_at', 'kexec_load', 'syslog', 'clock_settime'];
  const numbers = names.map(name => syscalls[name][machine]).join(' ');
  const filtered = { init: { seccomp: seccompFilter(names) } };
  const output = await scriptOutput(directory.path, `probe ${numbers}; probe 1000`, filtered);
  t.is(output, `${`${EPERM} `.repeat(names.length)}\n${ENOSYS} \n`);
  const free = await scriptOutput(directory.path, `probe ${numbers}`);
  t.notRegex(free, new RegExp(`^(${EPERM} ){${names.length}}`));
  if (machine !== 'x86_64') return;
  const numbers32 = names.map(name => syscalls[name].i386).join(' ');
  const output32 = await scriptOutput(directory.path, `probe -32 ${numbers32}`, filtered);
  // A kernel may be built without 32-bit programs.
  t.regex(output32, new RegExp(`^(${EPERM} ){${names.length}}\n$|^Segmentation fault\n$`));
});
