/**
 * The parts of bpf(2) that programs of cgroup2 and limits of bandwidth need. Descriptors that are returned are the
 * caller's to close.
 */
import { constants } from 'node:os';
import koffi from 'koffi';
import { checked, libc } from './libc.ts';

const syscall: (number: number, command: number, attributes: Buffer, size: number) => number = libc.func(
  'intptr_t syscall(intptr_t number, int command, void *attributes, unsigned int size)',
);

/** bpf(2) has a number of its own on every architecture. */
const syscallNumbers: Readonly<Partial<Record<NodeJS.Architecture, number>>> = {
  x64: 321,
  arm64: 280,
  riscv64: 280,
  loong64: 280,
  ppc64: 361,
};

const commands = { mapCreate: 0, programLoad: 5, programAttach: 8, programFdById: 13, programQuery: 16 } as const;
const programTypes = { classifier: 3, cgroupPacket: 8, cgroupDevice: 15, cgroupAddress: 18 } as const;
const mapTypeArray = 2;
const attachTypes = {
  packetIn: 0,
  packetOut: 1,
  device: 6,
  bind4: 8,
  bind6: 9,
  connect4: 10,
  connect6: 11,
  send4: 14,
  send6: 15,
} as const;
/** At which of a cgroup's doors a program stands. */
export type AttachType = keyof typeof attachTypes;
const allowMulti = 1 << 1;
const replace = 1 << 2;

/** Zeroed, and larger than any field that is set here: the kernel accepts more bytes as long as they are 0. */
const attributes = (): Buffer => Buffer.alloc(128);

/** How often a call is made that signals get in the way of. */
const ATTEMPTS = 10;

function bpf(command: keyof typeof commands, attributes: Buffer): number {
  const number = syscallNumbers[process.arch];
  if (number === undefined) throw new Error(`no number of bpf(2) is known for ${process.arch}`);
  for (let attempt = 1; ; attempt++) {
    const result = syscall(number, commands[command], attributes, attributes.length);
    // A signal that arrives while the kernel verifies a program makes it give up.
    if (result >= 0 || koffi.errno() !== constants.errno.EAGAIN || attempt === ATTEMPTS)
      return checked(`bpf(${command})`, result);
  }
}

/** A map of one element, eight bytes that are zero at first: what a program remembers. It lives as long as its programs. */
export function createCell(name: string): number {
  const request = attributes();
  request.writeUInt32LE(mapTypeArray, 0);
  request.writeUInt32LE(4, 4);
  request.writeUInt32LE(8, 8);
  request.writeUInt32LE(1, 12);
  request.write(name.slice(0, 15), 28, 'latin1');
  return bpf('mapCreate', request);
}

/** Loads a program; `door` for those that are checked against the one place where they may be attached. */
export function loadProgram(
  type: keyof typeof programTypes,
  instructions: Buffer,
  name: string,
  door?: AttachType,
): number {
  const license = Buffer.from('Apache-2.0\0');
  const request = attributes();
  request.writeUInt32LE(programTypes[type], 0);
  request.writeUInt32LE(instructions.length / 8, 4);
  request.writeBigUInt64LE(koffi.address(instructions), 8);
  request.writeBigUInt64LE(koffi.address(license), 16);
  // at most 15 bytes of it, so that a zero follows
  request.write(name.slice(0, 15), 48, 'latin1');
  if (door !== undefined) request.writeUInt32LE(attachTypes[door], 68);
  return bpf('programLoad', request);
}

/** Attaches beside what others attached; in place of `replaced` where that is a descriptor. Programs above and beside have to agree. */
export function attachProgram(cgroup: number, program: number, door: AttachType, replaced: number | null): void {
  const request = attributes();
  request.writeUInt32LE(cgroup, 0);
  request.writeUInt32LE(program, 4);
  request.writeUInt32LE(attachTypes[door], 8);
  request.writeUInt32LE(replaced === null ? allowMulti : allowMulti | replace, 12);
  request.writeUInt32LE(replaced ?? 0, 16);
  bpf('programAttach', request);
}

/** The ids of the device programs attached to exactly this cgroup, in the order of attaching; at most 64. */
export function attachedDevicePrograms(cgroup: number): number[] {
  const ids = Buffer.alloc(4 * 64);
  const request = attributes();
  request.writeUInt32LE(cgroup, 0);
  request.writeUInt32LE(attachTypes.device, 4);
  request.writeBigUInt64LE(koffi.address(ids), 16);
  request.writeUInt32LE(64, 24);
  bpf('programQuery', request);
  return Array.from({ length: request.readUInt32LE(24) }, (_, index) => ids.readUInt32LE(4 * index));
}

export function openProgram(id: number): number {
  const request = attributes();
  request.writeUInt32LE(id, 0);
  return bpf('programFdById', request);
}
