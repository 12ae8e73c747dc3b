import { checked, libc } from './libc.ts';

const cSetAffinity: (pid: number, size: number, mask: Buffer) => number = libc.func(
  'int sched_setaffinity(int pid, size_t size, const void *mask)',
);
const cGetAffinity: (pid: number, size: number, mask: Buffer) => number = libc.func(
  'int sched_getaffinity(int pid, size_t size, _Out_ uint8_t *mask)',
);

/** As many bytes as the kernel may need: it is built for 8192 CPUs at most. */
const MASK_BYTES = 1024;

/** The CPUs, by number, that a process (its first thread) may run on. Throws SystemCallError. */
export function cpuAffinity(pid: number): number[] {
  const mask = Buffer.alloc(MASK_BYTES);
  checked('sched_getaffinity', cGetAffinity(pid, mask.length, mask), `process ${pid}`);
  return Array.from({ length: MASK_BYTES * 8 }, (_, cpu) => cpu).filter(
    cpu => ((mask[cpu >> 3] ?? 0) & (1 << (cpu & 7))) !== 0,
  );
}

/** Keeps a process on these CPUs. Throws SystemCallError, EINVAL when none of them is there. */
export function setCpuAffinity(pid: number, cpus: readonly number[]): void {
  const mask = Buffer.alloc(MASK_BYTES);
  for (const cpu of cpus) if (cpu < MASK_BYTES * 8) mask[cpu >> 3] = (mask[cpu >> 3] ?? 0) | (1 << (cpu & 7));
  checked('sched_setaffinity', cSetAffinity(pid, mask.length, mask), `process ${pid}`);
}
