/** One instruction of eBPF: an opcode, two registers, the offset of a jump or of memory, and a number. Absent is zero. */
export interface Instruction {
  readonly op: number;
  readonly to: number;
  readonly from?: number;
  readonly offset?: number;
  readonly number?: number;
}

/** Eight bytes an instruction. */
export function assemble(instructions: readonly Instruction[]): Buffer {
  return Buffer.concat(instructions.map(encode));
}

function encode({ op, to, from = 0, offset = 0, number = 0 }: Instruction): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt8(op, 0);
  bytes.writeUInt8(to | (from << 4), 1);
  bytes.writeInt16LE(offset, 2);
  bytes.writeInt32LE(number | 0, 4);
  return bytes;
}
