/** A sequence that looks random and is the same every time. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state >>> 8;
  }
}

/**
 * Breaks a document in one or two places, mostly without making it shorter or longer: what a field says, so that the
 * failure comes late, or how many of something there are, or where it ends. Its length stays true.
 */
export function mutate(document: Buffer, seed: number): Buffer {
  const random = numbers(seed);
  const next = (below: number): number => random.next().value % below;
  let body = Buffer.from(document.subarray(4));
  const change = (): void => {
    let at = 4 + next(Math.max(1, body.length - 8));
    const word = at & ~3;
    const kind = next(10);
    if (kind < 6) {
      while (at < body.length - 1 && body[at] === 0) at += 1;
      body.writeUInt8(next(256), at);
    } else if (kind === 6) body.writeUInt32BE([0, 1, 0xffff_ffff, 0x7fff_ffff][next(4)] ?? 0, word);
    else if (kind === 7) body.writeUInt32BE((body.readUInt32BE(word) + 1) >>> 0, word);
    else if (kind === 8) body = body.subarray(0, Math.max(word, 16));
    else body = Buffer.concat([body.subarray(0, word), body.subarray(Math.max(4, word - 4 * next(8)))]);
  };
  for (let count = 1 + next(2); count > 0; count -= 1) change();
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}
