import { assemble, type Instruction } from '../../ffi/bpf-instruction.ts';

/** eBPF's registers by what they are for. */
export const Register = { RESULT: 0, CONTEXT: 1, A: 1, B: 2, C: 3, D: 4, E: 5, SAVED: 6, VALUE: 7, FRAME: 10 } as const;

const op = {
  loadWord: 0x61,
  storeWord: 0x63,
  storeHalf: 0x6b,
  storeNumber: 0x62,
  setNumber: 0xb7,
  setNumberHalf: 0xb4,
  setRegister: 0xbf,
  addNumber: 0x07,
  andNumberHalf: 0x54,
  jump: 0x05,
  jumpIfEqualHalf: 0x16,
  jumpUnlessEqualHalf: 0x56,
  call: 0x85,
  exit: 0x95,
} as const;

/** An eBPF program under construction: jumps lead to names, all of them forward. Words are 32 bits, as the kernel keeps them. */
export class Code {
  readonly #lines: (Instruction & { readonly goto?: string })[] = [];
  readonly #labels = new Map<string, number>();
  #names = 0;

  /** A name that nobody else uses. */
  name(): string {
    return `#${this.#names++}`;
  }

  label(name: string): void {
    this.#labels.set(name, this.#lines.length);
  }

  load(to: number, from: number, offset: number): void {
    this.#lines.push({ op: op.loadWord, to, from, offset });
  }

  store(to: number, offset: number, from: number): void {
    this.#lines.push({ op: op.storeWord, to, offset, from });
  }

  storeHalf(to: number, offset: number, from: number): void {
    this.#lines.push({ op: op.storeHalf, to, offset, from });
  }

  storeNumber(to: number, offset: number, number: number): void {
    this.#lines.push({ op: op.storeNumber, to, offset, number });
  }

  set(to: number, number: number): void {
    this.#lines.push({ op: op.setNumber, to, number });
  }

  /** Without the sign: the upper half is 0. */
  setWord(to: number, number: number): void {
    this.#lines.push({ op: op.setNumberHalf, to, number });
  }

  copy(to: number, from: number): void {
    this.#lines.push({ op: op.setRegister, to, from });
  }

  add(to: number, number: number): void {
    this.#lines.push({ op: op.addNumber, to, number });
  }

  and(to: number, number: number): void {
    this.#lines.push({ op: op.andNumberHalf, to, number });
  }

  jump(goto: string): void {
    this.#lines.push({ op: op.jump, to: 0, goto });
  }

  jumpIf(register: number, number: number, goto: string): void {
    this.#lines.push({ op: op.jumpIfEqualHalf, to: register, number, goto });
  }

  jumpUnless(register: number, number: number, goto: string): void {
    this.#lines.push({ op: op.jumpUnlessEqualHalf, to: register, number, goto });
  }

  call(helper: number): void {
    this.#lines.push({ op: op.call, to: 0, number: helper });
  }

  exit(result: number): void {
    this.set(Register.RESULT, result);
    this.#lines.push({ op: op.exit, to: 0 });
  }

  /** The end that `name` leads to. The kernel refuses what no path reaches: without a jump to it there is none. */
  end(name: string, result: number): void {
    if (!this.#lines.some(({ goto }) => goto === name)) return;
    this.label(name);
    this.exit(result);
  }

  /** A jump counts from the instruction behind it. */
  assemble(): Buffer {
    return assemble(
      this.#lines.map(({ goto, ...line }, at) => {
        if (goto === undefined) return line;
        const target = this.#labels.get(goto);
        if (target === undefined) throw new Error(`no label ${goto}`);
        return { ...line, offset: target - at - 1 };
      }),
    );
  }
}
