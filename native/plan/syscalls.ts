/** The kernel's names for machines in a seccomp filter: AUDIT_ARCH_*. */
export const AuditArch = {
  x86_64: 0xc000_003e,
  i386: 0x4000_0003,
  aarch64: 0xc000_00b7,
  arm: 0x4000_0028,
} as const;
export type Machine = keyof typeof AuditArch;

export type SyscallName = keyof typeof syscalls;

const row = (x86_64: number | null, i386: number | null, aarch64: number | null, arm: number | null) => ({
  x86_64,
  i386,
  aarch64,
  arm,
});

/** Numbers of the system calls that filters name; null where a machine has none. */
export const syscalls = {
  _sysctl: row(156, 149, null, 149),
  acct: row(163, 51, 89, 51),
  add_key: row(248, 286, 217, 309),
  bpf: row(321, 357, 280, 386),
  clock_adjtime: row(305, 343, 266, 372),
  clock_adjtime64: row(null, 405, null, 405),
  clock_settime: row(227, 264, 112, 262),
  clock_settime64: row(null, 404, null, 404),
  create_module: row(174, 127, null, null),
  delete_module: row(176, 129, 106, 129),
  finit_module: row(313, 350, 273, 379),
  get_kernel_syms: row(177, 130, null, null),
  init_module: row(175, 128, 105, 128),
  ioperm: row(173, 101, null, null),
  iopl: row(172, 110, null, null),
  kexec_file_load: row(320, null, 294, 401),
  kexec_load: row(246, 283, 104, 347),
  keyctl: row(250, 288, 219, 311),
  lookup_dcookie: row(212, 253, 18, 249),
  nfsservctl: row(180, 169, 42, 169),
  open_by_handle_at: row(304, 342, 265, 371),
  perf_event_open: row(298, 336, 241, 364),
  query_module: row(178, 167, null, null),
  request_key: row(249, 287, 218, 310),
  settimeofday: row(164, 79, 170, 79),
  stime: row(null, 25, null, null),
  swapoff: row(168, 115, 225, 115),
  swapon: row(167, 87, 224, 87),
  syslog: row(103, 103, 116, 103),
  uselib: row(134, 86, null, 86),
  userfaultfd: row(323, 374, 282, 388),
  vm86: row(null, 166, null, null),
  vm86old: row(null, 113, null, null),
} as const;
