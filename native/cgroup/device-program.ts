import { closeSync, constants, openSync } from 'node:fs';
import { attachProgram, attachedDevicePrograms, loadProgram, openProgram } from '../ffi/bpf.ts';
import { assemble, type Instruction } from '../ffi/bpf-instruction.ts';
import type { DeviceRule } from './cgroup.ts';

/** Registers by what they hold in the program. */
const r0Answer = 0;
const r1Context = 1;
const r1Scratch = 1;
const r2Kind = 2;
const r3Access = 3;
const r4Major = 4;
const r5Minor = 5;

/** Opcodes of eBPF, by what they do here. */
const op = {
  loadWord: 0x61, // dst = *(u32 *)(src + offset)
  andNumber: 0x54, // 32 bits
  shiftRightNumber: 0x74, // 32 bits
  setNumber: 0xb7,
  setRegister: 0xbf,
  jumpUnless: 0x55, // to offset, when dst != number
  exit: 0x95,
} as const;

/** Numbers of the kernel's BPF_DEVCG_* */
const kinds = { block: 1, char: 2 } as const;
const accessBits: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 };
const allAccess = 7;

const answer = (allow: boolean): Instruction[] => [
  { op: op.setNumber, to: r0Answer, number: allow ? 1 : 0 },
  { op: op.exit, to: 0 },
];

/** struct bpf_cgroup_dev_ctx: kind in the low half of the first word and access in its high half, then major, then minor. */
const prologue: readonly Instruction[] = [
  { op: op.loadWord, to: r2Kind, from: r1Context, offset: 0 },
  { op: op.setRegister, to: r3Access, from: r2Kind },
  { op: op.andNumber, to: r2Kind, number: 0xffff },
  { op: op.shiftRightNumber, to: r3Access, number: 16 },
  { op: op.loadWord, to: r4Major, from: r1Context, offset: 4 },
  { op: op.loadWord, to: r5Minor, from: r1Context, offset: 8 },
];

/** What must hold for a rule to allow; each jumps past the rule where it does not. */
function tests({ kind, access, major, minor }: DeviceRule): Instruction[] {
  const allowed = access.split('').reduce((bits, letter) => bits | (accessBits[letter] ?? 0), 0);
  const tests: Instruction[] = [];
  if (kind !== 'all') tests.push({ op: op.jumpUnless, to: r2Kind, number: kinds[kind] });
  if (allowed !== allAccess)
    tests.push(
      { op: op.setRegister, to: r1Scratch, from: r3Access },
      { op: op.andNumber, to: r1Scratch, number: allAccess & ~allowed },
      { op: op.jumpUnless, to: r1Scratch, number: 0 },
    );
  if (major !== null) tests.push({ op: op.jumpUnless, to: r4Major, number: major });
  if (minor !== null) tests.push({ op: op.jumpUnless, to: r5Minor, number: minor });
  return tests;
}

function ruleInstructions(rule: DeviceRule): Instruction[] {
  const instructions = [...tests(rule), ...answer(true)];
  // a jump counts from the instruction behind it
  return instructions.map((instruction, index) =>
    instruction.op === op.jumpUnless ? { ...instruction, offset: instructions.length - index - 1 } : instruction,
  );
}

/** Allows what one of the rules allows and denies the rest, as v1's whitelist does. */
export function deviceProgram(rules: readonly DeviceRule[]): Buffer {
  // the kernel refuses instructions that no path reaches: what follows a rule that allows everything
  const all = rules.findIndex(rule => tests(rule).length === 0);
  const body =
    all < 0
      ? [...rules.flatMap(ruleInstructions), ...answer(false)]
      : rules.slice(0, all + 1).flatMap(ruleInstructions);
  return assemble([...prologue, ...body]);
}

/**
 * Puts a cgroup2's device program into effect, in the place of the one before: at no moment is there none or an empty
 * one. Ours is the first in the list, since nothing runs in the cgroup when it is made.
 */
export function setUnifiedDevices(directory: string, rules: readonly DeviceRule[]): void {
  const descriptors: number[] = [];
  const keep = (fd: number): number => {
    descriptors.push(fd);
    return fd;
  };
  try {
    const cgroup = keep(openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY));
    const program = keep(loadProgram('cgroupDevice', deviceProgram(rules), 'lxvirtd_devices'));
    const [present] = attachedDevicePrograms(cgroup);
    attachProgram(cgroup, program, 'device', present === undefined ? null : keep(openProgram(present)));
  } finally {
    for (const fd of descriptors) closeSync(fd);
  }
}
