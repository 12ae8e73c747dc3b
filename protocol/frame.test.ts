import test from 'ava';
import { FrameError, FrameSplitter } from './frame.ts';
import { MESSAGE_MAX, MESSAGE_MIN } from './limits.ts';
import { goldenFrames } from './testing/golden.ts';

/** What comes out when the bytes go in like this; a copy, for chunks may be reused. */
const split = (chunks: Iterable<Buffer>, splitter = new FrameSplitter()): string[] => {
  const frames: string[] = [];
  for (const chunk of chunks) splitter.push(chunk, frame => frames.push(frame.toString('hex')));
  return frames;
};

const hex = (frames: readonly Buffer[]): string[] => frames.map(frame => frame.toString('hex'));

function* pieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test('a message split in two anywhere comes out whole', t => {
  for (const frame of goldenFrames) {
    for (let at = 0; at <= frame.length; at += 1) {
      const splitter = new FrameSplitter();
      let whole = 0;
      const deliver = (bytes: Buffer): void => {
        if (bytes.equals(frame)) whole += 1;
      };
      splitter.push(frame.subarray(0, at), deliver);
      splitter.push(frame.subarray(at), deliver);
      if (whole !== 1) t.fail(`${frame.toString('hex')} split at ${at}`);
    }
  }
  t.pass();
});

const inPieces = test.macro({
  title: (_, size: number) => `messages that arrive ${size} bytes at a time come out whole and in order`,
  exec(t, size: number) {
    t.deepEqual(split(pieces(Buffer.concat(goldenFrames), size)), hex(goldenFrames));
  },
});
for (const size of [1, 2, 3, 4, 5, 27, 28, 29, 1000, 65_536, 10_000_000]) test(inPieces, size);

test('a reader that reads what is needed gets one message after the other, and not a byte of the next', t => {
  const bytes = Buffer.concat(goldenFrames);
  const splitter = new FrameSplitter();
  const ends: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + splitter.needed;
    splitter.push(bytes.subarray(at, end), () => ends.push(end));
    at = end;
  }
  let sum = 0;
  t.deepEqual(
    ends,
    goldenFrames.map(frame => (sum += frame.length)),
  );
});

test('a reader may read straight into the memory of the message that has begun', t => {
  const bytes = Buffer.concat(goldenFrames);
  const splitter = new FrameSplitter();
  const frames: string[] = [];
  let inPlace = 0;
  for (let at = 0; at < bytes.length;) {
    const { room } = splitter;
    const end = Math.min(at + (room?.length ?? 7), at + 7, bytes.length);
    const chunk = room === null ? bytes.subarray(at, end) : room.subarray(0, end - at);
    if (room !== null) inPlace += bytes.copy(chunk, 0, at, end);
    splitter.push(chunk, frame => frames.push(frame.toString('hex')));
    at = end;
  }
  t.deepEqual(frames, hex(goldenFrames));
  t.true(inPlace > bytes.length / 2);
});

test('messages whole in a chunk are views of it', t => {
  const chunk = Buffer.concat(goldenFrames.slice(0, 3));
  new FrameSplitter().push(chunk, frame => t.is(frame.buffer, chunk.buffer));
});

const refusesLength = test.macro({
  title: (_, size: number) => `a length of ${size} ends the connection before anything is kept`,
  exec(t, size: number) {
    const word = Buffer.alloc(4);
    word.writeUInt32BE(size);
    t.throws(() => split([word]), { instanceOf: FrameError });
    t.throws(() => split(pieces(word, 1)), { instanceOf: FrameError });
  },
});
for (const size of [0, 4, MESSAGE_MIN - 1, MESSAGE_MAX + 1, 0x8000_0000, 0xffff_ffff]) test(refusesLength, size);

test('messages in front of a bad length are delivered', t => {
  const frames: Buffer[] = [];
  const bytes = Buffer.concat([...goldenFrames.slice(0, 2), Buffer.alloc(4)]);
  t.throws(() => new FrameSplitter().push(bytes, frame => frames.push(frame)), { instanceOf: FrameError });
  t.deepEqual(hex(frames), hex(goldenFrames.slice(0, 2)));
});

test('the longest message is taken, and memory follows the bytes, not the length that is promised', t => {
  const splitter = new FrameSplitter();
  const before = process.memoryUsage().arrayBuffers;
  const start = Buffer.alloc(1000);
  start.writeUInt32BE(MESSAGE_MAX);
  splitter.push(start, () => t.fail());
  t.true(process.memoryUsage().arrayBuffers - before < 1_000_000);
  t.is(splitter.needed, MESSAGE_MAX - 1000);
  const lengths: number[] = [];
  for (const piece of pieces(Buffer.alloc(MESSAGE_MAX - 1000), 65_536)) {
    splitter.push(piece, frame => lengths.push(frame.length));
  }
  t.deepEqual(lengths, [MESSAGE_MAX]);
  t.is(splitter.needed, 4);
});

test('a lower limit holds from the next message on', t => {
  const message = Buffer.alloc(100);
  message.writeUInt32BE(100);
  const splitter = new FrameSplitter(100);
  t.is(split([message], splitter).length, 1);
  splitter.limit = 99;
  t.throws(() => split([message], splitter), { instanceOf: FrameError, message: /exceeds the limit of 99/ });
});
