/**
 * System call filters as raw classic BPF, so that no library is needed where they are loaded. A filter lets everything
 * pass but a list of calls, which fail with EPERM; calls of a machine that it has no numbers for fail with ENOSYS.
 */
import { constants } from 'node:os';
import { AuditArch, syscalls } from './syscalls.ts';
import type { Machine, SyscallName } from './syscalls.ts';

/** Capability numbers of the kernel. */
const CAP_SYS_MODULE = 16;
const CAP_SYS_TIME = 25;

/** Reach the whole host, whatever namespaces the caller is in, and no boot of a distribution needs them. */
const NEVER: readonly SyscallName[] = [
  'kexec_load',
  'kexec_file_load',
  // Opens any inode of a filesystem by number, also outside of the container's root.
  'open_by_handle_at',
  'perf_event_open',
  'userfaultfd',
  // Keyrings are not divided by namespaces.
  'add_key',
  'request_key',
  'keyctl',
  'swapon',
  'swapoff',
  'iopl',
  'ioperm',
  'acct',
  'syslog',
  'lookup_dcookie',
  'nfsservctl',
  '_sysctl',
  'uselib',
  'vm86',
  'vm86old',
];

/**
 * What a definition that keeps the capability asks for by that. Whoever may load modules may load programs into the kernel, too:
 * on cgroup v2 one says what devices a container has, also one that a container runs.
 */
const WITHOUT_CAPABILITY: readonly (readonly [capability: number, SyscallName[]])[] = [
  [
    CAP_SYS_MODULE,
    ['init_module', 'finit_module', 'delete_module', 'create_module', 'query_module', 'get_kernel_syms', 'bpf'],
  ],
  [CAP_SYS_TIME, ['settimeofday', 'stime', 'clock_settime', 'clock_settime64', 'clock_adjtime', 'clock_adjtime64']],
];

/** The calls that a container is denied by default, given what it keeps: bit n of `capabilities` is capability n. */
export function deniedSyscalls(capabilities: bigint): SyscallName[] {
  const kept = (capability: number): boolean => ((capabilities >> BigInt(capability)) & 1n) === 1n;
  return [...NEVER, ...WITHOUT_CAPABILITY.filter(([capability]) => !kept(capability)).flatMap(([, names]) => names)];
}

/** The machines whose programs a kernel of this one runs. */
const families: Readonly<Record<string, readonly Machine[]>> = { x64: ['x86_64', 'i386'], arm64: ['aarch64', 'arm'] };

interface Instruction {
  readonly code: number;
  readonly k: number;
  readonly jt?: number;
  readonly jf?: number;
}

/** BPF_LD | BPF_W | BPF_ABS, BPF_JMP | BPF_JEQ | BPF_K, BPF_JMP | BPF_JGE | BPF_K, BPF_RET | BPF_K */
const LOAD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_GREATER_OR_EQUAL = 0x35;
const RETURN = 0x06;
/** Offsets in struct seccomp_data. */
const NUMBER = 0;
const ARCHITECTURE = 4;
/** SECCOMP_RET_* */
const ALLOW: Instruction = { code: RETURN, k: 0x7fff_0000 };
const failWith = (errno: number): Instruction => ({ code: RETURN, k: 0x0005_0000 | errno });
const DENY = failWith(constants.errno.EPERM);
const UNKNOWN = failWith(constants.errno.ENOSYS);
/** The x32 calls of x86_64 have numbers of their own from here on. */
const X32 = 0x4000_0000;

/** Finds the number in A among `numbers` (sorted) by halves; each end of a search returns. */
function search(numbers: readonly number[]): Instruction[] {
  if (numbers.length === 0) return [ALLOW];
  const middle = numbers.length >> 1;
  const [pivot = 0] = numbers.slice(middle);
  if (numbers.length === 1) return [{ code: JUMP_IF_EQUAL, k: pivot, jt: 1, jf: 0 }, ALLOW, DENY];
  const below = search(numbers.slice(0, middle));
  return [
    { code: JUMP_IF_GREATER_OR_EQUAL, k: pivot, jt: below.length, jf: 0 },
    ...below,
    ...search(numbers.slice(middle)),
  ];
}

function filterOf(machine: Machine, denied: readonly SyscallName[]): Instruction[] {
  const numbers = denied.flatMap(name => syscalls[name][machine] ?? []).sort((a, b) => a - b);
  const guard: Instruction[] =
    machine === 'x86_64' ? [{ code: JUMP_IF_GREATER_OR_EQUAL, k: X32, jt: 0, jf: 1 }, UNKNOWN] : [];
  return [{ code: LOAD, k: NUMBER }, ...guard, ...search(numbers)];
}

function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = Buffer.alloc(8 * program.length);
  program.forEach(({ code, k, jt = 0, jf = 0 }, at) => {
    bytes.writeUInt16LE(code, 8 * at);
    bytes.writeUInt8(jt, 8 * at + 2);
    bytes.writeUInt8(jf, 8 * at + 3);
    bytes.writeUInt32LE(k, 8 * at + 4);
  });
  return bytes;
}

/**
 * The program of struct sock_filter that denies the named calls on `arch` (as `process.arch` has it) and on the 32-bit
 * machine that its kernel also runs. Empty where there are no tables for `arch`.
 */
export function seccompFilter(denied: readonly SyscallName[], arch: string = process.arch): Uint8Array {
  const program: Instruction[] = [{ code: LOAD, k: ARCHITECTURE }];
  for (const machine of families[arch] ?? []) {
    const filter = filterOf(machine, denied);
    program.push({ code: JUMP_IF_EQUAL, k: AuditArch[machine], jt: 0, jf: filter.length }, ...filter);
  }
  return families[arch] === undefined ? new Uint8Array() : encode([...program, UNKNOWN]);
}
