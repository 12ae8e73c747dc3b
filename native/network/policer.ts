import { createCell, loadProgram } from '../ffi/bpf.ts';
import { assemble, type Instruction } from '../ffi/bpf-instruction.ts';
import { closeQuietly } from '../ffi/libc.ts';

/**
 * A packet filter that drops what comes faster than a rate: what the kernel's "police" action does, which small kernels
 * are built without; this needs no more than the rules of devices on cgroup2 need. It remembers one figure, the time at
 * which all that it let pass will have passed at the rate. A packet passes while that is no further ahead of the clock
 * than a burst takes; so one larger than the burst passes too, on credit, and the mean is the rate.
 */

const r0 = 0;
const r1Context = 1;
const r1Due = 1;
const r2Ahead = 2;
const r3Number = 3;
const r6Length = 6;
const r7Memory = 7;

/** Opcodes of eBPF, by what they do here; 64 bits where nothing else is said. */
const op = {
  loadWord: 0x61, // dst = *(u32 *)(src + offset)
  load: 0x79,
  store: 0x7b,
  atomicAdd: 0xdb,
  setNumber: 0xb7,
  setRegister: 0xbf,
  setWide: 0x18, // with the next instruction's number as the upper half
  subtractRegister: 0x1f,
  multiplyNumber: 0x27,
  divideRegister: 0x3f,
  jumpNotBelow: 0x3d, // unsigned, registers
  jumpAbove: 0x2d, // unsigned, registers
  call: 0x85,
  exit: 0x95,
} as const;

/** For `from` of setWide: the number is a map's descriptor, and the address of its only element is meant. */
const elementOfMap = 2;
const getTime = 5;
const verdicts = { next: -1, drop: 2 } as const;
const NS_PER_SECOND = 1_000_000_000;

const wide = (to: number, value: bigint): Instruction[] => [
  { op: op.setWide, to, number: Number(BigInt.asIntN(32, value)) },
  { op: 0, to: 0, number: Number(BigInt.asIntN(32, value >> 32n)) },
];

/** `rate` in bytes a second; `burst` in bytes, and how far ahead it may run is what it takes at the rate. */
function policerProgram(rate: bigint, burst: bigint, memory: number): Buffer {
  const drop: Instruction[] = [
    { op: op.setNumber, to: r0, number: verdicts.drop },
    { op: op.exit, to: 0 },
  ];
  const pass: Instruction[] = [
    { op: op.multiplyNumber, to: r6Length, number: NS_PER_SECOND },
    ...wide(r3Number, rate),
    { op: op.divideRegister, to: r6Length, from: r3Number },
    { op: op.atomicAdd, to: r7Memory, from: r6Length },
    { op: op.setNumber, to: r0, number: verdicts.next },
    { op: op.exit, to: 0 },
  ];
  return assemble([
    // struct __sk_buff begins with the packet's length
    { op: op.loadWord, to: r6Length, from: r1Context },
    { op: op.setWide, to: r7Memory, from: elementOfMap, number: memory },
    { op: 0, to: 0 },
    { op: op.call, to: 0, number: getTime },
    { op: op.load, to: r1Due, from: r7Memory },
    { op: op.jumpNotBelow, to: r1Due, from: r0, offset: 2 },
    // it was idle: what it did not use is not saved up
    { op: op.setRegister, to: r1Due, from: r0 },
    { op: op.store, to: r7Memory, from: r0 },
    { op: op.setRegister, to: r2Ahead, from: r1Due },
    { op: op.subtractRegister, to: r2Ahead, from: r0 },
    ...wide(r3Number, (burst * BigInt(NS_PER_SECOND)) / rate),
    { op: op.jumpAbove, to: r2Ahead, from: r3Number, offset: pass.length },
    ...pass,
    ...drop,
  ]);
}

/** Loads the filter; the descriptor is the caller's to close. */
export function loadPolicer(rate: bigint, burst: bigint): number {
  const memory = createCell('lxvirtd_police');
  try {
    return loadProgram('classifier', policerProgram(rate, burst, memory), 'lxvirtd_police');
  } finally {
    closeQuietly(memory);
  }
}
