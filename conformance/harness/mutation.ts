/** A generator of numbers in [0, 1) that repeats itself for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Lengths, counts and numbers at which readers err. */
const WORDS = [0, 1, 2, 3, 0x7f, 0x100, 0xffff, 0x10000, 0x400000, 0x2000000, 0x7fffffff, 0x80000000, 0xffffffff];
const HEADER = 28;

type Mutation = (message: Buffer, below: (limit: number) => number, other: Buffer) => Buffer;

const MUTATIONS: readonly Mutation[] = [
  function flipBits(message, below) {
    for (let count = 1 + below(4); count > 0; count -= 1) {
      const at = 4 + below(message.length - 4);
      message.writeUInt8(message.readUInt8(at) ^ (1 << below(8)), at);
    }
    return message;
  },
  function overwriteWord(message, below) {
    const at = 4 * (1 + below(Math.floor(message.length / 4) - 1));
    message.writeUInt32BE(WORDS[below(WORDS.length)] ?? 0, at);
    return message;
  },
  function overwritePayloadWord(message, below) {
    if (message.length < HEADER + 4) return message;
    const at = HEADER + 4 * below(Math.floor((message.length - HEADER) / 4));
    message.writeUInt32BE(WORDS[below(WORDS.length)] ?? 0, at);
    return message;
  },
  (message, below) => message.subarray(0, 4 + below(message.length - 4)),
  (message, below) => Buffer.concat([message, Buffer.alloc(1 + below(400), below(256))]),
  (message, below, other) => Buffer.concat([message.subarray(0, HEADER), other.subarray(HEADER)]),
  (message, below, other) => {
    const at = HEADER + below(Math.max(1, message.length - HEADER));
    return Buffer.concat([message.subarray(0, at), other.subarray(Math.min(at, other.length))]);
  },
];

/** A changed copy of `message`; mostly with a length word that is right again, so that the change is looked at. */
export function mutate(message: Buffer, other: Buffer, random: () => number): Buffer {
  const below = (limit: number): number => Math.floor(random() * limit);
  let changed: Buffer = Buffer.from(message);
  for (let count = 1 + below(2); count > 0; count -= 1) {
    const mutation = MUTATIONS[below(MUTATIONS.length)];
    if (mutation !== undefined && changed.length > 8) changed = mutation(changed, below, other);
  }
  if (random() < 0.95 && changed.length >= 4) changed.writeUInt32BE(changed.length, 0);
  else if (changed.length >= 4 && random() < 0.5) changed.writeUInt32BE(WORDS[below(WORDS.length)] ?? 0, 0);
  return changed;
}
