import test, { type ExecutionContext } from 'ava';
import { decodeHeader } from './header.ts';
import { LENGTH_SIZE, PAYLOAD_OFFSET } from './limits.ts';
import { goldenFrames, goldenMessages } from './testing/golden.ts';
import { decodeMessage } from './testing/payload.ts';
import { XdrError } from './xdr/index.ts';

/** The parts a decoded value consists of; every one of them was paid for with bytes of the message. */
const parts = (value: unknown): number => {
  if (typeof value === 'string' || value instanceof Uint8Array) return 1 + value.length / 4;
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, part: unknown) => sum + parts(part), 1);
};

/** Either the message is understood, at no more cost than it has bytes, or it is refused with an XdrError. */
const isHandled = (t: ExecutionContext, frame: Buffer): void => {
  try {
    const value = decodeMessage(decodeHeader(frame), frame);
    if (parts(value) > frame.length) t.fail(`${parts(value)} parts out of ${frame.toString('hex')}`);
  } catch (error) {
    if (!(error instanceof XdrError)) t.fail(`${String(error)}: ${frame.toString('hex')}`);
  }
};

const rightOrRefused = test.macro({
  title: (name = '') => `a message with ${name} is understood or refused, and nothing else`,
  exec(t, mutants: (frame: Buffer) => Iterable<Buffer>) {
    const before = process.resourceUsage().maxRSS;
    for (const frame of goldenFrames) for (const mutant of mutants(frame)) isHandled(t, mutant);
    const grown = process.resourceUsage().maxRSS - before;
    t.true(grown < 256 * 1024, `resident memory grew by ${grown} KiB`);
  },
});

test('one bit flipped', rightOrRefused, function* (frame) {
  for (let bit = LENGTH_SIZE * 8; bit < frame.length * 8; bit += 7) {
    const mutant = Buffer.from(frame);
    mutant[bit >> 3] = (mutant[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    yield mutant;
  }
});

test('a large number in place of any other', rightOrRefused, function* (frame) {
  for (let at = PAYLOAD_OFFSET; at < frame.length; at += 4) {
    for (const bomb of [0xffff_ffff, 0x7fff_ffff, 4_194_304, 16_384, 64]) {
      const mutant = Buffer.from(frame);
      mutant.writeUInt32BE(bomb, at);
      yield mutant;
    }
  }
});

const structured = goldenFrames.filter((_, index) => goldenMessages[index]?.payload !== 'raw');

const refused = test.macro({
  title: (name = '') => `a message with ${name} is refused`,
  exec(t, mutants: (frame: Buffer) => Iterable<Buffer>) {
    for (const mutant of structured.flatMap(frame => [...mutants(frame)])) {
      try {
        decodeMessage(decodeHeader(mutant), mutant);
        t.fail(mutant.toString('hex'));
      } catch (error) {
        if (!(error instanceof XdrError)) t.fail(`${String(error)}: ${mutant.toString('hex')}`);
      }
    }
    t.pass();
  },
});

test('its end cut off anywhere', refused, function* (frame) {
  for (let size = PAYLOAD_OFFSET; size < frame.length; size += 1) yield frame.subarray(0, size);
});

test('bytes behind its payload', refused, function* (frame) {
  for (const extra of [1, 4, 4096]) yield Buffer.concat([frame, Buffer.alloc(extra)]);
});
