import { randomFillSync } from 'node:crypto';
import { StorageVolWipeAlgorithm } from '../../contract/constants.ts';

/** What a pass writes: fills a piece of the volume that begins at `position`. */
export type Fill = (piece: Buffer, position: number) => void;

const random: Fill = piece => {
  randomFillSync(piece);
};

/** The bytes, again and again, in step with the position. */
const pattern =
  (...bytes: number[]): Fill =>
  (piece, position) => {
    const from = position % bytes.length;
    piece.fill(Buffer.from([...bytes.slice(from), ...bytes.slice(0, from)]));
  };

const times = (count: number, fill: Fill): Fill[] => Array.from({ length: count }, () => fill);

/** Of Gutmann's and Pfitzner's methods: what the encodings of old disks called for. */
const turns = [pattern(0x92, 0x49, 0x24), pattern(0x49, 0x24, 0x92), pattern(0x24, 0x92, 0x49)];
const inverse = [pattern(0x6d, 0xb6, 0xdb), pattern(0xb6, 0xdb, 0x6d), pattern(0xdb, 0x6d, 0xb6)];
const stairs = Array.from({ length: 16 }, (_, digit) => pattern(digit * 0x11));

/** The passes of each algorithm, as those who published them list them. */
const passes: Readonly<Record<number, readonly Fill[]>> = {
  [StorageVolWipeAlgorithm.ZERO]: [pattern(0)],
  [StorageVolWipeAlgorithm.NNSA]: [random, random, pattern(0)],
  [StorageVolWipeAlgorithm.DOD]: [random, pattern(0), pattern(0xff), random],
  [StorageVolWipeAlgorithm.BSI]: [0xff, 0xfe, 0xfd, 0xfb, 0xf7, 0xef, 0xdf, 0xbf, 0x7f].map(byte => pattern(byte)),
  [StorageVolWipeAlgorithm.GUTMANN]: [
    ...times(4, random),
    pattern(0x55),
    pattern(0xaa),
    ...turns,
    ...stairs,
    ...turns,
    ...inverse,
    ...times(4, random),
  ],
  [StorageVolWipeAlgorithm.SCHNEIER]: [pattern(0), pattern(0xff), ...times(5, random)],
  [StorageVolWipeAlgorithm.PFITZNER7]: times(7, random),
  [StorageVolWipeAlgorithm.PFITZNER33]: times(33, random),
  [StorageVolWipeAlgorithm.RANDOM]: [random],
};

export const wipePasses = (algorithm: number): readonly Fill[] => passes[algorithm] ?? [];
